"""Direct uploads that have not ended: how many there may be, and who is at the end of one."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Update, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.db.engine import Database
from surtitle.db.locks import hold
from surtitle.db.models import DirectUpload
from surtitle.errors import Away, Conflict
from surtitle.media.errors import UploadCompleting
from surtitle.media.upload_places import require_place
from surtitle.usage.quotas import Quotas

LEASE = timedelta(seconds=30)
"""How long an upload stays taken after the process that completes it has died."""

log = logging.getLogger(__name__)


class EndedMeanwhile(Conflict):
    """Another request ended the same upload first; what it made of it counts."""


async def require_room(session: AsyncSession, quotas: Quotas, project_id: UUID, size_bytes: int) -> None:
    """Before the row of an upload is written, in its transaction. What was announced before counts as if it
    had come. Raises `Busy`, `StorageUsedUp`.

    Of one project's requests each sees what the one before has announced. Between projects nobody waits, so
    that the installation's own limit can be passed by as many as come in the same moment.
    """
    await hold(session, "direct uploads", project_id)
    unfinished = DirectUpload.ended_at.is_(None)
    here = DirectUpload.project_id == project_id
    everywhere = await session.scalar(select(func.count()).where(unfinished)) or 0
    count, announced = (
        await session.execute(select(func.count(), func.sum(DirectUpload.size_bytes)).where(unfinished, here))
    ).one()
    require_place(count, everywhere)
    room = await quotas.storage_room(session, project_id)
    if room is not None:
        room.require(size_bytes + int(announced or 0))


@asynccontextmanager
async def completing(database: Database, upload_id: str) -> AsyncIterator[None]:
    """Alone with an upload while the block lasts, of all processes. Raises `UploadCompleting` when somebody
    else is, `EndedMeanwhile` when it has ended.

    Where the lease is lost (the database was away for longer), the recording may be read twice; it is made
    once all the same.
    """
    await _take(database, upload_id)
    holding = asyncio.create_task(_hold_on(database, upload_id))
    try:
        yield
    finally:
        holding.cancel()
        await asyncio.wait({holding})
        with suppress(Away):
            async with database.writing() as session:
                await session.execute(_of(upload_id).values(completing_until=None))


async def end(session: AsyncSession, upload_id: str) -> None:
    """In the transaction that makes the recording: of two requests, one does. Raises `EndedMeanwhile`."""
    ended = await session.scalar(
        _of(upload_id)
        .where(DirectUpload.ended_at.is_(None))
        .values(ended_at=utc_now())
        .returning(DirectUpload.id)
    )
    if ended is None:
        raise EndedMeanwhile(f"Upload {upload_id} has ended.")


async def _take(database: Database, upload_id: str) -> None:
    free = or_(DirectUpload.completing_until.is_(None), DirectUpload.completing_until < utc_now())
    async with database.writing() as session:
        taken = await session.scalar(
            _of(upload_id)
            .where(DirectUpload.ended_at.is_(None), free)
            .values(completing_until=utc_now() + LEASE)
            .returning(DirectUpload.id)
        )
        if taken is not None:
            return
        row = await session.get(DirectUpload, upload_id)
    if row is None or row.ended_at is not None:
        raise EndedMeanwhile(f"Upload {upload_id} has ended.")
    raise UploadCompleting(upload_id)


async def _hold_on(database: Database, upload_id: str) -> None:
    while True:
        await asyncio.sleep(LEASE.total_seconds() / 3)
        try:
            async with database.writing() as session:
                await session.execute(_of(upload_id).values(completing_until=utc_now() + LEASE))
        except Away as error:
            log.warning("upload-lease-not-renewed", extra={"upload_id": upload_id, "error": error.message})


def _of(upload_id: str) -> Update:
    return update(DirectUpload).where(DirectUpload.id == upload_id)
