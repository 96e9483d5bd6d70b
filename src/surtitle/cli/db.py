"""`surtitle db`: the version of the database."""

import asyncio

import typer

db_app = typer.Typer(help="Bring the database up to date, or check it.", no_args_is_help=True)


@db_app.command()
def upgrade() -> None:
    """Bring the database to the version that this Surtitle expects. Every start does the same."""
    from surtitle.cli.settings import load_settings  # noqa: PLC0415
    from surtitle.db import migrate  # noqa: PLC0415
    from surtitle.db.engine import Database  # noqa: PLC0415

    async def run() -> None:
        database = Database(load_settings(quiet=True).effective_database_url)
        try:
            await migrate.upgrade(database)
        finally:
            await database.close()

    asyncio.run(run())
    typer.echo("The database is up to date.")


@db_app.command()
def check() -> None:
    """Compare the database with what this Surtitle expects; exit code 1 when they differ."""
    from surtitle.cli.database_state import database_state  # noqa: PLC0415
    from surtitle.cli.failures import FAILED  # noqa: PLC0415
    from surtitle.cli.settings import load_settings  # noqa: PLC0415

    state = asyncio.run(database_state(load_settings(quiet=True)))
    if state.differences:
        for difference in state.differences:
            typer.echo(difference, err=True)
        typer.echo("The database differs from what is expected; mend it with: surtitle db upgrade", err=True)
        raise typer.Exit(FAILED)
    typer.echo("The database is as it should be.")
