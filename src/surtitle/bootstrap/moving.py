"""A personal installation into PostgreSQL and an object store: what it is, checked on arrival."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from surtitle.bootstrap.moving_files import FilesMoved, move_files
from surtitle.config import Settings, StorageSettings
from surtitle.db import migrate
from surtitle.db.engine import Database
from surtitle.db.job_models import Artifact
from surtitle.db.lasting_rows import TableFigures
from surtitle.db.locks import hold
from surtitle.db.models import Media, Revision
from surtitle.db.moving import copy_rows, figures, require_empty, require_fit
from surtitle.db.sqlite import alone_with
from surtitle.errors import Conflict, Invalid, NotFound
from surtitle.storage import open_storage, open_store

_UNHURRIED = (
    text("SET LOCAL statement_timeout = 0"),
    text("SET LOCAL idle_in_transaction_session_timeout = 0"),
)


@dataclass(frozen=True, slots=True)
class Moved:
    """What is now in the new place. `files` None: they stay where they are."""

    tables: Sequence[TableFigures]
    files: FilesMoved | None


async def move(
    settings: Settings, database_url: str, storage_url: str | None, tell: Callable[[str], None]
) -> Moved:
    """Move the installation that `settings` name. The old one is left as it is, and can be used by nobody
    meanwhile. Files go first and all rows in one transaction, so that a move that breaks off is simply begun
    again: what arrived is not sent twice.

    Raises `Conflict` while the old installation is in use, or the new one holds something else.
    """
    source_url = _source(settings)
    target = Database(database_url, settings.database)
    try:
        if target.is_sqlite:
            raise Invalid("Move to PostgreSQL: --to-database postgresql://USER@HOST/DATABASE")
        await _require_untouched(source_url, target)
        await _brought_up_to_date(source_url)
        await migrate.upgrade(target)
        async with alone_with(source_url) as source:
            async with _arriving(target) as arriving:
                # Before hours of copying, not after them.
                await _already_moved(source, arriving)
            files = await _move_files(settings, storage_url, source, tell) if storage_url else None
            tell("Moving the tables")
            async with _arriving(target) as arriving:
                tables = await _already_moved(source, arriving) or await copy_rows(source, arriving)
    finally:
        await target.close()
    _ledger(settings).unlink(missing_ok=True)
    return Moved(tables, files)


def _ledger(settings: Settings) -> Path:
    return settings.data_dir / "moving.jsonl"


def _source(settings: Settings) -> str:
    url = settings.effective_database_url
    if not url.startswith("sqlite"):
        raise Invalid(
            "This installation is on PostgreSQL already. Unset SURTITLE_DATABASE_URL to move the one in the "
            "data directory."
        )
    file = make_url(url).database
    if file is None or not Path(file).exists():
        raise NotFound(f"There is no database at {file}. Set SURTITLE_DATA_DIR to where the installation is.")
    return url


async def _require_untouched(source_url: str, target: Database) -> None:
    """Migrate nothing that another process works with, or that is not ours. Raises `Conflict`."""
    async with target.reading() as session:
        await require_fit(await session.connection(), at_head=await migrate.is_at_head(target))
    async with alone_with(source_url):
        pass


async def _brought_up_to_date(url: str) -> None:
    source = Database(url)
    try:
        await migrate.upgrade(source)
    finally:
        await source.close()


@asynccontextmanager
async def _arriving(target: Database) -> AsyncIterator[AsyncConnection]:
    """One transaction in the new database, with nobody else who moves there."""
    async with target.writing() as session:
        for statement in _UNHURRIED:
            await session.execute(statement)
        await hold(session, "move")
        yield await session.connection()


async def _already_moved(source: AsyncConnection, target: AsyncConnection) -> Sequence[TableFigures] | None:
    """The figures of an earlier move that had its end and could not tell it. Raises `Conflict`."""
    try:
        await require_empty(target)
    except Conflict:
        arrived = await figures(target)
        if arrived == await figures(source):
            return arrived
        raise
    return None


async def _move_files(
    settings: Settings, storage_url: str, source: AsyncConnection, tell: Callable[[str], None]
) -> FilesMoved:
    told = settings.storage.model_dump(exclude_unset=True)
    storage = StorageSettings.model_validate({**told, "protocol": None, "url": storage_url})
    return await move_files(
        open_store(settings),
        open_storage(storage, settings.storage_directory),
        await _expected(source),
        ledger=_ledger(settings),
        # Buckets of two servers may have one name.
        place=f"{storage_url} at {storage.endpoint}" if storage.endpoint else storage_url,
        tell=tell,
    )


async def _expected(source: AsyncConnection) -> dict[str, str | None]:
    """Every object that a row refers to, with its SHA-256 where the row knows it."""
    expected: dict[str, str | None] = {}
    for kind in (Media, Artifact):
        rows = await source.execute(select(kind.object_key, kind.sha256))
        expected.update((key, sha256) for key, sha256 in rows)
    keys = await source.scalars(select(Revision.object_key).where(Revision.object_key.is_not(None)))
    expected.update((key, None) for key in keys if key is not None)
    return expected
