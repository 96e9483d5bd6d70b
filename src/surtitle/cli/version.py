"""`surtitle version`."""

import typer

import surtitle


def version() -> None:
    """Show the version."""
    typer.echo(surtitle.__version__)
