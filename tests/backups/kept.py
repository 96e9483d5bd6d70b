"""Installations to be backed up, and what they hold: every row, and every file that a row names."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select
from tests.servers.seaweedfs import S3Server

from surtitle.backups.making import Made
from surtitle.bootstrap.backups import (
    BroughtBack,
    backup_place,
    create_backup,
    place_to_write,
    restore_backup,
)
from surtitle.bootstrap.installation import Installation, opened
from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.db.job_models import Artifact
from surtitle.db.lasting_rows import RowSum, TableFigures, lasting_tables, rows_of
from surtitle.db.models import Media, Revision
from surtitle.ids import new_id
from surtitle.storage import open_store
from surtitle.storage.digest import RunningDigest

KEY = "surtitle-backup-" + "A" * 43
OTHER_KEY = "surtitle-backup-" + "B" * 42 + "A"
_OWN_AFFAIRS = frozenset({"backups", "schedules", "audit_events", "audit_head", "purges"})
"""What a restore adds to by itself."""

Told = dict[str, Any]


def installation(folder: Path, backups: str, **told: Any) -> Settings:
    """Settings of an installation in `folder`, with backups at `backups`, encrypted."""
    backup = {"store_url": backups, "key": KEY, **told.pop("backup", {})}
    return Settings(
        data_dir=folder, server={"auth": "required"}, backup=backup, _env_file=None, **told
    )  # fmt: skip


def in_bucket(s3: S3Server, prefix: str | None = None) -> Told:
    """Files in a bucket, below a prefix of their own."""
    return {
        "url": f"{s3.storage_url}/{prefix or new_id().hex}", "endpoint": s3.endpoint,
        "access_key": s3.access_key, "secret_key": s3.secret_key,
    }  # fmt: skip


@asynccontextmanager
async def database_of(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings.effective_database_url)
    try:
        yield database
    finally:
        await database.close()


async def rows_in(settings: Settings) -> dict[str, TableFigures]:
    """The figures of every table that a restore leaves as it was saved."""
    found = {}
    async with database_of(settings) as database, database.reading() as session:
        connection = await session.connection()
        for table in lasting_tables():
            sum_ = RowSum(table.name)
            async for rows in rows_of(table, connection):
                sum_.add(rows)
            found[table.name] = sum_.figures()
    return {name: figures for name, figures in found.items() if name not in _OWN_AFFAIRS}


async def files_in(settings: Settings) -> dict[str, str]:
    """The SHA-256, read anew, of every file that a row names."""
    async with database_of(settings) as database, database.reading() as session:
        keys = [key for kind in (Media, Artifact) for key in await session.scalars(select(kind.object_key))]
        keys += [key for key in await session.scalars(select(Revision.object_key)) if key is not None]
    store, found = open_store(settings), {}
    for key in keys:
        digest = RunningDigest()
        async for piece in store.stream(key):
            await digest.add(piece)
        found[key] = await digest.hexdigest()
    return found


async def backed_up(settings: Settings, **how: Any) -> Made:
    async with opened(settings) as parts:
        return await made(parts, **how)


async def made(parts: Installation, **how: Any) -> Made:
    unencrypted = how.pop("unencrypted", False)
    return await create_backup(parts, place_to_write(parts.settings, unencrypted=unencrypted), **how)


async def brought_back(
    settings: Settings, wish: str = "latest", *, replace: bool = False, said: list[str] | None = None
) -> BroughtBack:
    tell = (said if said is not None else []).append
    return await restore_backup(settings, backup_place(settings), wish, tell, replace=replace)
