"""`surtitle db`: the version of the database, and where it is."""

import asyncio
from typing import Annotated

import typer

db_app = typer.Typer(help="Bring the database up to date, check it, or move it.", no_args_is_help=True)


@db_app.command()
def upgrade() -> None:
    """Bring the database to the version that this Surtitle expects. Every start does the same."""
    from surtitle.bootstrap.database import opened_database  # noqa: PLC0415 - takes seconds
    from surtitle.cli.settings import load_settings  # noqa: PLC0415
    from surtitle.db import migrate  # noqa: PLC0415

    async def run() -> None:
        async with opened_database(load_settings(quiet=True)) as database:
            await migrate.upgrade(database)

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
    if state.newer is not None:
        typer.echo(f"The database is at {state.newer}, of a newer Surtitle, and still serves this one.")
        return
    typer.echo("The database is as it should be.")


@db_app.command()
def move(
    to_database: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="postgresql://USER@HOST/DATABASE; better with its password in SURTITLE_DATABASE__PASSWORD.",
        ),
    ],
    to_storage: Annotated[
        str | None,
        typer.Option(metavar="URL", help="s3://BUCKET/PREFIX or another store; files stay if left out."),
    ] = None,
) -> None:
    """Move a personal installation to PostgreSQL and an object store; the old one is left as it is.

    Every row and file is checked where it arrived. Stop the server and all workers before. If it breaks off,
    give the same command again.
    """
    from surtitle.bootstrap.moving import move as move_installation  # noqa: PLC0415 - takes seconds
    from surtitle.cli.settings import load_settings  # noqa: PLC0415

    def tell(news: str) -> None:
        typer.echo(news, err=True)

    settings = load_settings(quiet=True)
    moved = asyncio.run(move_installation(settings, to_database, to_storage, tell))
    typer.echo(f"{sum(table.rows for table in moved.tables)} rows of {len(moved.tables)} tables are there.")
    if moved.files is not None:
        typer.echo(f"{moved.files.count} files ({moved.files.size_bytes} bytes) are there.")
    typer.echo(
        "From now on set SURTITLE_DATABASE_URL and, if files moved, SURTITLE_STORAGE__URL on every machine. "
        f"Give each the secret in {settings.data_dir / 'secret.key'}: docs/operate/postgresql.md says how."
    )
