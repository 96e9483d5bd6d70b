"""`surtitle glossary`: names and terms that recognition should know how to write."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from surtitle.cli.asking import answered

glossary_app = typer.Typer(
    help="List, add, remove and import names and terms to expect.", no_args_is_help=True
)

Terms = Annotated[list[str], typer.Argument(metavar="TERM...", show_default=False)]


@glossary_app.command("list")
def list_terms() -> None:
    """Show all terms, one a line; the first are heeded most."""
    from surtitle.db.models import PERSONAL_PROJECT  # noqa: PLC0415 - takes seconds

    for term in answered(lambda parts: parts.glossary.terms(PERSONAL_PROJECT)):
        typer.echo(term)


@glossary_app.command()
def add(terms: Terms) -> None:
    """Add terms after those that are there."""
    from surtitle.db.models import PERSONAL_PROJECT  # noqa: PLC0415

    _tell(answered(lambda parts: parts.glossary.add(PERSONAL_PROJECT, terms)))


@glossary_app.command()
def remove(terms: Terms) -> None:
    """Remove terms."""
    from surtitle.db.models import PERSONAL_PROJECT  # noqa: PLC0415

    _tell(answered(lambda parts: parts.glossary.remove(PERSONAL_PROJECT, terms)))


@glossary_app.command("import")
def import_terms(
    file: Annotated[Path, typer.Argument(help="A text file (UTF-8) with one term a line.", dir_okay=False)],
    replace: Annotated[bool, typer.Option("--replace", help="Drop what is there first.")] = False,
) -> None:
    """Add the terms in a file. Empty lines are passed over."""
    from surtitle.db.models import PERSONAL_PROJECT  # noqa: PLC0415

    terms = [" ".join(line.split()) for line in _lines(file) if line.strip()]
    if replace:
        _tell(answered(lambda parts: parts.glossary.replace(PERSONAL_PROJECT, list(dict.fromkeys(terms)))))
    else:
        _tell(answered(lambda parts: parts.glossary.add(PERSONAL_PROJECT, terms)))


def _lines(file: Path) -> list[str]:
    from surtitle.errors import Invalid  # noqa: PLC0415

    try:
        return file.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise Invalid(f"{file} is no text in UTF-8; save it as such and import it again.") from error
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}.") from error


def _tell(terms: Sequence[str]) -> None:
    typer.echo(f"The glossary has {len(terms)} {'term' if len(terms) == 1 else 'terms'}.")
