"""Bringing a database to the version that this code expects."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from surtitle.db import account_models
from surtitle.db.engine import Database
from surtitle.errors import Unavailable

HEAD = "head"


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection, revision: str) -> None:
    _refuse_newer(connection)
    command.upgrade(_config(connection), revision)


def _refuse_newer(connection: Connection) -> None:
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(_config(connection)).walk_revisions()}
    if current is not None and current not in known:
        raise Unavailable(
            f"The database is at version {current}, which this Surtitle does not know: it was used by a "
            "newer one. Install that version again, or restore a backup made by this one."
        )


async def upgrade(database: Database, revision: str = HEAD) -> None:
    """Migrate up to `revision`. Safe to run from several processes: SQLite's write lock, taken when
    the transaction begins, lets one at a time through, and the second finds nothing to do.
    """
    async with database.engine.begin() as connection:
        await connection.run_sync(_upgrade, revision)


async def downgrade(database: Database, revision: str) -> None:
    """Migrate down to `revision` (`base` for an empty database)."""
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(_config(sync), revision))


async def drift(database: Database) -> list[str]:
    """What differs between the tables in the database and the models; empty when nothing does."""
    async with database.engine.begin() as connection:
        return await connection.run_sync(
            lambda sync: [
                str(change)
                for change in compare_metadata(MigrationContext.configure(sync), account_models.METADATA)
            ]
        )
