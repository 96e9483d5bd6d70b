"""The program `surtitle`: which commands there are, found without importing them.

The heavy parts (database, media, web) take seconds to import; `--help` and a mistyped command
should not wait for them.
"""

import gc
import importlib
import os
import sys
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

import surtitle
from surtitle.cli import notices
from surtitle.cli.earlier.programs import NOW, answer
from surtitle.cli.failures import told
from surtitle.config_aliases import apply_aliases


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command lives: a function, or a Typer app for a group of commands."""

    module: str
    attribute: str
    summary: str


COMMANDS = {
    "transcribe": Place("transcribe", "transcribe", "Write down recordings: subtitles, text, JSON, Word."),
    "caption": Place("caption", "caption", "Make videos with captions, in the picture or as a track."),
    "film": Place("film", "film", "Make a narrated, captioned video from a text or a recording."),
    "serve": Place("serving", "serve", "Start the server and its workers on this machine."),
    "worker": Place("serving", "worker_app", "Run jobs of this installation, without a server."),
    "scheduler": Place("scheduler", "scheduler_app", "Run what is due every so often, and nothing else."),
    "workers": Place("workers", "workers", "Show the workers that are alive, and what they do."),
    "queues": Place("queues", "queues_app", "Show, pause and resume the queues that jobs wait in."),
    "demo": Place("demo", "demo", "Start the server and caption a recording through it, to see it work."),
    "jobs": Place("jobs", "jobs_app", "List, show, cancel, retry and delete jobs."),
    "artifacts": Place("artifacts", "artifacts_app", "Make new links to the files of jobs."),
    "glossary": Place("glossary", "glossary_app", "Names and terms to expect in recordings."),
    "search": Place("search", "search", "Find moments in transcripts, by words and by meaning."),
    "ask": Place("search", "ask", "Answer a question from transcripts, with quotes."),
    "reindex": Place("search", "reindex", "Index all transcripts again."),
    "transcripts": Place("transcripts", "transcripts_app", "List, show, export and import transcripts."),
    "voices": Place("voices", "voices_app", "Enrol, list, change and erase known voices."),
    "projects": Place("projects", "projects_app", "List, create and archive projects."),
    "keys": Place("projects", "keys_app", "Create, list and revoke the keys that programs work with."),
    "webhooks": Place("webhooks", "webhooks_app", "Tell other servers of a project's events."),
    "notifications": Place(
        "notifications", "notifications_app", "Show what was mailed and what failed, try it again, test it."
    ),
    "admin": Place("admin", "admin_app", "Make accounts, set passwords, change signing keys."),
    "kpis": Place("kpis", "kpis_app", "Compute and show the figures of each day."),
    "purge": Place("purge", "purge", "Delete recordings, jobs and transcripts by their age."),
    "backup": Place("backup", "backup_app", "Make, list, verify and restore backups."),
    "models": Place("models", "models_app", "Fetch, check and remove models."),
    "engines": Place("engines", "engines_app", "Show the engines that can be chosen."),
    "speak": Place("speak", "speak", "Speak a text into a sound file."),
    "sample": Place("sample", "sample", "Make a short film with speech, to try things with."),
    "evaluate": Place("evaluation.command", "evaluate", "Compare a result with a reference: error rates."),
    "config": Place("configuration", "config_app", "Show and check the settings, import older ones."),
    "doctor": Place("doctor", "doctor_app", "Check what is installed, what is missing and how to mend it."),
    "db": Place("db", "db_app", "Bring the database up to date, check it, or move it."),
    "version": Place("version", "version", "Show the version."),
}


class LazyGroup(TyperGroup):
    """Shows commands by their summaries and imports the one that is called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = {
            name: TyperCommand(name, help=place.summary, rich_markup_mode=None)
            for name, place in COMMANDS.items()
        }
        self._listing = False

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in NOW:
            return of_an_earlier_system(cmd_name)
        if self._listing or cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        return loaded(cmd_name)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        self._listing = True
        super().format_commands(ctx, formatter)
        self._listing = False


def loaded(name: str) -> Any:
    """The command called `name`, imported."""
    place = COMMANDS[name]
    found = getattr(importlib.import_module(f"surtitle.cli.{place.module}"), place.attribute)
    if not isinstance(found, typer.Typer):
        single = typer.Typer(rich_markup_mode=None, add_completion=False)
        single.command(name)(found)
        return typer.main.get_command(single)
    found.rich_markup_mode = None
    return typer.main.get_group(found)


def of_an_earlier_system(name: str) -> Any:
    """Takes whatever is typed after the name; no list of commands shows it."""

    def command(context: typer.Context) -> None:
        answer(name, *context.args)

    single = typer.Typer(rich_markup_mode=None, add_completion=False)
    anything = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}
    single.command(name, context_settings=anything, add_help_option=False)(command)
    return typer.main.get_command(single)


def run() -> None:
    """Run the command of this process, and end it with the exit code that docs/user/cli.md promises."""
    # Importing makes objects by the hundred thousand that stay; looking through them for garbage again and
    # again takes a sixth of the time in which a command starts.
    gc.set_threshold(50_000, 20, 20)
    command = typer.main.get_command(_app)
    try:
        command.main(prog_name="surtitle")
    except Exception as error:
        # The one place where failures become a sentence and an exit code.
        failure = told(error)
        if failure is None:
            raise
        sys.stderr.write(f"{failure.sentence}\n")
        sys.exit(failure.exit_code)


_app = typer.Typer(
    cls=LazyGroup, rich_markup_mode=None, no_args_is_help=True, add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(surtitle.__version__)
        raise typer.Exit


@_app.callback()
def _surtitle(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Recordings into transcripts, subtitles and captioned video, on this machine."""
    notices.add(apply_aliases(os.environ))
