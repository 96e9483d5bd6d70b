"""Bringing a database to the version that this code expects."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from surtitle.db import schema_support
from surtitle.db.engine import Database
from surtitle.db.ownership import require_ours
from surtitle.db.schema_support import SCHEMA_SUPPORT
from surtitle.db.search_models import SEARCH_CHUNK_TERMS, SEARCH_TERMS, SEARCH_VECTORS
from surtitle.db.tables import METADATA
from surtitle.errors import Unavailable

HEAD = "head"

# Any number that nobody else takes: these are the letters of "surtitle".
_LOCK = 0x7375727469746C65
_ALONE_ON_POSTGRESQL = (
    # Another process may be at a long migration, and so may we.
    text("SET LOCAL lock_timeout = 0"),
    text("SET LOCAL statement_timeout = 0"),
    text(f"SELECT pg_advisory_xact_lock({_LOCK})"),
    # A table is wanted for ourselves alone: everybody would queue up behind us while a long reader has it.
    text("SET LOCAL lock_timeout = '30s'"),
)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection, revision: str) -> None:
    if _newer(connection) is None:
        config = _config(connection)
        command.upgrade(config, revision)
        schema_support.write_down(connection, ScriptDirectory.from_config(config), _current(connection))


def _newer(connection: Connection) -> str | None:
    """The schema's version where a newer program made it, and it still serves this one. None: one of ours.

    Raises `Unavailable` where it serves this program no more, and where the tables are another program's.
    """
    require_ours(connection)
    current = _current(connection)
    scripts = ScriptDirectory.from_config(_config(connection))
    known = {script.revision for script in scripts.walk_revisions()}
    if current is None or current in known:
        return None
    oldest = schema_support.oldest_served(connection)
    if oldest in known:
        return current
    serves = f" It serves programs that came with version {oldest} or later." if oldest else ""
    raise Unavailable(
        f"The database is at version {current}, which this Surtitle (version {scripts.get_current_head()}) "
        f"does not know: it was used by a newer one.{serves} Install that version again, or restore a backup "
        "made by this one into an empty database."
    )


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _is_at_head(connection: Connection) -> bool:
    head = ScriptDirectory.from_config(_config(connection)).get_current_head()
    return _current(connection) == head


def _downgrade(connection: Connection, revision: str) -> None:
    require_ours(connection)
    config = _config(connection)
    command.downgrade(config, revision)
    schema_support.write_down(connection, ScriptDirectory.from_config(config), _current(connection))


def revision_of(connection: Connection) -> str:
    """The version of the tables here."""
    return _current(connection) or "base"


def is_known(connection: Connection, revision: str) -> bool:
    """Whether this program has a migration to that version."""
    scripts = ScriptDirectory.from_config(_config(connection))
    return any(script.revision == revision for script in scripts.walk_revisions())


def make_anew(connection: Connection, revision: str) -> None:
    """Empty tables of that version, whatever is there; in the caller's transaction."""
    if _current(connection) is not None:
        _downgrade(connection, "base")
    _upgrade(connection, revision)


def bring_up(connection: Connection) -> None:
    """To the version that this code expects, in the caller's transaction."""
    _upgrade(connection, HEAD)


async def upgrade(database: Database, revision: str = HEAD) -> None:
    """Migrate up to `revision`, all of it or, when it fails, nothing. Safe to run from several processes: a
    lock lets one at a time through, and the second finds nothing to do.

    A schema that a newer program made and that still serves this one is left as it is. Raises `Unavailable`
    where it does not, and where the database holds another program's tables.
    """
    await _alone(database, _upgrade, revision)


async def downgrade(database: Database, revision: str) -> None:
    """Migrate down to `revision` (`base` for an empty database)."""
    await _alone(database, _downgrade, revision)


async def is_at_head(database: Database) -> bool:
    """Whether the database is at the version that this code expects. Changes nothing."""
    async with database.reading() as session:
        return await (await session.connection()).run_sync(_is_at_head)


async def newer_version(database: Database) -> str | None:
    """The schema's version where a newer program made it and it still serves this one, else None.

    Raises `Unavailable` where it serves this program no more.
    """
    async with database.reading() as session:
        return await (await session.connection()).run_sync(_newer)


async def drift(database: Database) -> list[str]:
    """What differs between the tables in the database and the models; empty when nothing does."""
    async with database.reading() as session:
        return await (await session.connection()).run_sync(
            lambda sync: [str(change) for change in compare_metadata(_comparing(sync), METADATA)]
        )


def _comparing(connection: Connection) -> MigrationContext:
    """What one kind of database alone has is left out: SQLite's full-text index is made of tables that are no
    models, PostgreSQL's is an index of a kind that SQLite does not know, and pgvector's table comes and goes.
    """
    foreign = set() if connection.dialect.name == "postgresql" else {SEARCH_CHUNK_TERMS}

    def is_ours(name: str | None, kind: str, _parents: object) -> bool:
        without_models = (SEARCH_TERMS, SEARCH_VECTORS, SCHEMA_SUPPORT)
        return kind != "table" or name is None or not name.startswith(without_models)

    def is_here(_object: object, name: str | None, *_: object) -> bool:
        return name not in foreign

    return MigrationContext.configure(connection, opts={"include_name": is_ours, "include_object": is_here})


async def _alone(database: Database, change: Callable[[Connection, str], None], revision: str) -> None:
    """SQLite's write lock is taken as the transaction begins; PostgreSQL is asked for one as long as it."""
    async with database.writing() as session:
        if not database.is_sqlite:
            for statement in _ALONE_ON_POSTGRESQL:
                await session.execute(statement)
        await (await session.connection()).run_sync(change, revision)
