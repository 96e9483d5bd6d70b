"""`surtitle models`: list, fetch, check and remove the models that engines work with."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table

from surtitle.config import Settings
from surtitle.engines.models.choice import DEFAULT_MODEL
from surtitle.engines.models.errors import ModelUnknown
from surtitle.engines.models.store import ModelStore
from surtitle.errors import SurtitleError

FAILURE = 1
USAGE = 2

models_app = typer.Typer(help="Fetch, check and remove models.", no_args_is_help=True)

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", show_default=False)]


@models_app.command("list")
def list_models() -> None:
    """Show the models that can be had and those that are here."""
    store = ModelStore(Settings())
    here = {model.name: model for model in store.installed()}
    table = Table("model", "also called", "size", "languages", "licence", "state", box=None)
    for spec in store.manifest.models:
        state = "installed" if spec.name in here else "not installed"
        languages = "many" if spec.multilingual else "English"
        table.add_row(
            spec.name, spec.aliases[0] if spec.aliases else "", decimal(spec.size_bytes), languages,
            spec.licence, state,
        )  # fmt: skip
    for model in here.values():
        if not model.pinned:
            languages = "many" if model.multilingual else "English"
            table.add_row(model.name, "", decimal(model.size_bytes), languages, "", "your own, not checked")
    Console().print(table)


@models_app.command()
def pull(names: Names = None) -> None:
    """Fetch models (default: whisper-base). What is here and sound is left as it is."""
    store = ModelStore(Settings())
    with _told_errors(), _progress_bar() as report:
        folders = {name: store.pull(name, report) for name in names or [DEFAULT_MODEL]}
    for name, folder in folders.items():
        typer.echo(f"{name}: ready in {folder}")


@models_app.command()
def verify(names: Names = None) -> None:
    """Hash every file of the named models, or of all that are installed."""
    store = ModelStore(Settings())
    with _told_errors():
        found = [result for name in names for result in store.verify(name)] if names else store.verify()
    for result in found:
        if not result.pinned:
            typer.echo(f"{result.name}: your own, nothing to check it against")
        else:
            typer.echo(f"{result.name}: {'; '.join(result.faults) or 'sound'}")
    if broken := [result.name for result in found if result.faults]:
        typer.echo(f"Mend with: surtitle models pull {' '.join(broken)}", err=True)
        raise typer.Exit(FAILURE)


@models_app.command()
def remove(names: Annotated[list[str], typer.Argument(metavar="NAME...")]) -> None:
    """Delete models from this machine."""
    store = ModelStore(Settings())
    with _told_errors():
        for name in names:
            store.remove(name)
            typer.echo(f"{name}: removed")


@contextmanager
def _told_errors() -> Iterator[None]:
    """Print what went wrong and leave with the exit code for it."""
    try:
        yield
    except SurtitleError as error:
        typer.echo(error.message, err=True)
        raise typer.Exit(USAGE if isinstance(error, ModelUnknown) else FAILURE) from None


@contextmanager
def _progress_bar() -> Iterator[Callable[[int, int, str], None]]:
    """One bar on standard error, for the thing that is being fetched."""
    columns = (TextColumn("{task.description}"), BarColumn(20), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("")

        def report(done: int, total: int, what: str) -> None:
            if progress.tasks[0].description != what:
                progress.reset(bar, description=what)
            progress.update(bar, completed=done, total=total)

        yield report
