"""Which version a database is at, found out without Alembic: that takes longer to import than to ask."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from surtitle.db.engine import Database
from surtitle.db.schema_support import SCHEMA_SUPPORT

_MIGRATIONS = Path(__file__).parent / "migrations" / "versions"


def newest() -> str:
    """The version that this program's migrations lead to; each of their files begins with its own."""
    return max(path.name.partition("_")[0] for path in _MIGRATIONS.glob("[0-9]*_*.py"))


async def is_newest(database: Database) -> bool:
    """Whether there is nothing to migrate. Changes nothing; a database without tables is of no version."""
    async with database.reading() as session:
        return await (await session.connection()).run_sync(_is_newest)


def _is_newest(connection: Connection) -> bool:
    tables = inspect(connection)
    # Other programs count from 0001 too.
    if not (tables.has_table("alembic_version") and tables.has_table(SCHEMA_SUPPORT)):
        return False
    return list(connection.scalars(text("SELECT version_num FROM alembic_version"))) == [newest()]
