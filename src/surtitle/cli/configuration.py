"""`surtitle config`: what is set, where, whether it can work, and an older system's file read once."""

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from surtitle.cli.checkup import Finding

config_app = typer.Typer(help="Show and check the settings, or read those of an older system.",
                         no_args_is_help=True)  # fmt: skip

AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]


@config_app.command()
def check(
    offline: Annotated[bool, typer.Option(help="Try none of the servers that the settings name.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with the settings, and try every server that they name.

    Exit code 1 when something is wrong. No secret is shown.
    """
    from surtitle.cli.checkup import State  # noqa: PLC0415 - takes seconds
    from surtitle.cli.configuration_checks import examine_settings  # noqa: PLC0415
    from surtitle.cli.failures import FAILED  # noqa: PLC0415
    from surtitle.cli.findings import show_findings  # noqa: PLC0415

    findings = asyncio.run(examine_settings(offline=offline))
    right = not any(finding.state is State.MISSING for finding in findings)
    if as_json:
        _write_json(findings, right=right)
    else:
        show_findings(findings, "The settings can work." if right else "These settings cannot work.")
    raise typer.Exit(0 if right else FAILED)


@config_app.command()
def show(
    everything: Annotated[bool, typer.Option("--all", help="Settings that nobody set, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what is set and where it was found. Secrets are hidden."""
    from rich.console import Console  # noqa: PLC0415
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from surtitle.cli.settings import load_settings  # noqa: PLC0415
    from surtitle.config.origins import DEFAULT, all_stated  # noqa: PLC0415

    stated = [one for one in all_stated(load_settings(quiet=True)) if everything or one.origin != DEFAULT]
    if as_json:
        told = [{"name": one.name, "value": one.value, "origin": one.origin} for one in stated]
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
        return
    table = Table.grid(padding=(0, 2))
    for one in stated:
        table.add_row(one.name, escape(one.value), escape(one.origin))
    Console(highlight=False, width=None if sys.stdout.isatty() else 200).print(
        table if stated else "Nothing is set; everything is as it comes. --all shows how that is."
    )


@config_app.command("import")
def read_in(
    file: Annotated[Path, typer.Argument(help="The older system's config.ini.")],
    into: Annotated[Path, typer.Option(help="Where the settings are written.")] = Path(".env"),
) -> None:
    """Read an older system's config.ini once, and write what it says into `.env`.

    What stands there already stays as it is. Values are not shown: some are secret.
    """
    from surtitle.cli.old_configuration import read_in as read  # noqa: PLC0415

    told = read(file, into)
    for sentence in told.sentences:
        typer.echo(sentence)
    typer.echo(f"{told.written} settings were written to {into}. `surtitle config show` shows them.")


def _write_json(findings: "list[Finding]", *, right: bool) -> None:
    checks = [
        {"name": one.name, "state": one.state, "found": one.found, "mend": one.mend} for one in findings
    ]
    sys.stdout.write(json.dumps({"right": right, "checks": checks}, indent=2) + "\n")
