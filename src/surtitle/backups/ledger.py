"""The rows of backups that this installation began: one at a time, and what became of each."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.backups.errors import BackupUnderWay
from surtitle.backups.manifest import Manifest
from surtitle.backups.sending import Sent
from surtitle.clock import utc_now
from surtitle.db.engine import Database
from surtitle.db.keeping_models import Backup
from surtitle.db.locks import hold
from surtitle.errors import SurtitleError
from surtitle.ids import new_id

log = logging.getLogger(__name__)

_SEEN_EVERY_SECONDS = 60.0
_DEAD_AFTER = timedelta(minutes=5)
_MOST_CHARACTERS = 500
_KEPT = timedelta(days=400)


class BackupKind(StrEnum):
    SCHEDULED = "scheduled"
    MANUAL = "manual"
    ASIDE = "aside"
    """By a person, elsewhere than the settings name or without their key: it stands for no daily one."""


class BackupState(StrEnum):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class BackupLedger:
    """What is written down of backups in the database that is backed up."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def making(self, name: str, kind: BackupKind) -> AsyncIterator[UUID]:
        """Alone at it while the block lasts; one that raises has failed. Raises `BackupUnderWay`."""
        async with self._database.writing() as session:
            backup_id = await _begun(session, name, kind)
        beating = asyncio.create_task(self._beat(backup_id))
        try:
            yield backup_id
        except BaseException as error:
            why = error.message if isinstance(error, SurtitleError) else type(error).__name__
            with suppress(SQLAlchemyError, SurtitleError):
                await self._set(backup_id, state=BackupState.FAILED, error=why[:_MOST_CHARACTERS])
            raise
        finally:
            beating.cancel()
            await asyncio.wait({beating})

    async def newest(self, limit: int) -> Sequence[Backup]:
        """Those that were begun here, the newest first."""
        async with self._database.reading() as session:
            newest = select(Backup).order_by(Backup.started_at.desc(), Backup.id.desc()).limit(limit)
            return (await session.scalars(newest)).all()

    async def succeeded(self, backup_id: UUID, manifest: Manifest, sent: Sent) -> None:
        await self._set(
            backup_id, state=BackupState.SUCCEEDED, bytes=manifest.size_bytes, objects=manifest.objects,
            sent_bytes=sent.sent_bytes,
        )  # fmt: skip

    async def _beat(self, backup_id: UUID) -> None:
        while True:
            await asyncio.sleep(_SEEN_EVERY_SECONDS)
            try:
                async with self._database.writing() as session:
                    await session.execute(
                        update(Backup).where(Backup.id == backup_id).values(seen_at=utc_now())
                    )
            except (SQLAlchemyError, SurtitleError, OSError) as error:
                log.info("the backup could not say that it goes on: %s", error)

    async def _set(self, backup_id: UUID, **values: object) -> None:
        async with self._database.writing() as session:
            mine = Backup.id == backup_id, Backup.state == BackupState.RUNNING
            await session.execute(update(Backup).where(*mine).values(finished_at=utc_now(), **values))


def remembered(session: AsyncSession, manifest: Manifest, kind: BackupKind) -> None:
    """In the transaction of a restore: the backup that it came from is the newest that it knows of."""
    session.add(
        Backup(
            id=new_id(), name=manifest.name, kind=kind, state=BackupState.SUCCEEDED,
            bytes=manifest.size_bytes, objects=manifest.objects, started_at=manifest.made_at,
            seen_at=manifest.made_at, finished_at=manifest.made_at,
        )
    )  # fmt: skip


async def _begun(session: AsyncSession, name: str, kind: BackupKind) -> UUID:
    await hold(session, "backup")
    now = utc_now()
    for other in await session.scalars(select(Backup).where(Backup.state == BackupState.RUNNING)):
        if other.seen_at > now - _DEAD_AFTER:
            raise BackupUnderWay(other.name)
        other.state, other.finished_at, other.error = BackupState.FAILED, now, "its process died"
    for old in await session.scalars(select(Backup).where(Backup.finished_at < now - _KEPT)):
        await session.delete(old)
    backup = Backup(id=new_id(), name=name, kind=kind, state=BackupState.RUNNING)
    session.add(backup)
    return backup.id
