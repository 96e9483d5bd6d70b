"""Uploads in parts straight to the object store, at signed addresses; see docs/decisions/0012.

The row is the truth about an upload's end; which parts have come, only the store knows.
"""

import asyncio
import logging
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update

from surtitle.clock import utc_now
from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.db.models import DirectUpload
from surtitle.errors import Busy, Invalid, NotFound, QuotaExceeded, SurtitleError
from surtitle.ids import new_id
from surtitle.media.errors import (
    DirectUploadsOff,
    NotAsAnnounced,
    PartsMissing,
    UploadExpired,
    UploadNotFound,
    UploadTooLarge,
)
from surtitle.media.names import safe_name
from surtitle.media.repository import MediaRepository
from surtitle.media.service import AlsoDelete, MediaService, source_key
from surtitle.media.unfinished import EndedMeanwhile, completing, end, require_room
from surtitle.media.uploadparts import PartLink, PartPlan
from surtitle.storage import BucketClient, ObjectStore, StoredObject, StoredPart
from surtitle.usage.quotas import Quotas

LIFETIME = timedelta(days=2)
"""An upload that is not complete after so long is given up."""

LINKS_AT_ONCE = 100
"""Addresses in one answer: with more parts to send, a client asks again."""

_ROW_LIFETIME = timedelta(days=30)
_READ_AT_ONCE = 2
"""By one process: each fills as much of its scratch folder as the recording is large."""

_EXPIRED = "The upload expired before it was complete. Start a new one."
_GIVEN_UP = "The upload was given up."

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Announced:
    """What a client says that it will send. `sha256` is hex, None when it does not say."""

    name: str
    size_bytes: int
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class DirectUploadState:
    """Where an upload stands. `media_id` once it is a recording, `error` once it will never be one."""

    upload_id: str
    plan: PartPlan
    expires_at: datetime
    missing_count: int = 0
    links: Sequence[PartLink] = ()
    media_id: UUID | None = None
    error: str | None = None


class DirectUploads:
    """Begins, describes and ends uploads. Every method for routes asks whose upload it is."""

    def __init__(
        self, database: Database, store: ObjectStore, media: MediaService, settings: Settings
    ) -> None:
        self._database = database
        self._store = store
        self._media = media
        self._limits = settings.limits
        self._quotas = Quotas(settings)
        self._reading = asyncio.Semaphore(_READ_AT_ONCE)
        self._on = settings.effective_storage.direct_uploads

    async def begin(
        self, project_id: UUID, announced: Announced, created_by: UUID | None = None
    ) -> DirectUploadState:
        """Begin an upload. Raises `DirectUploadsOff`, `TooLarge`, `StorageUsedUp`, `Busy`.

        A crash before the row is written leaves an upload without parts in the store, which expires there.
        """
        bucket = self._bucket()
        if announced.size_bytes > self._limits.upload_bytes:
            raise UploadTooLarge(self._limits.upload_bytes)
        # Asked beforehand too, so that what is refused mostly costs the store nothing.
        async with self._database.reading() as session:
            await require_room(session, self._quotas, project_id, announced.size_bytes)
        media_id, plan = new_id(), PartPlan.of(announced.size_bytes)
        row = DirectUpload(
            id=secrets.token_hex(16),
            project_id=project_id,
            created_by=created_by,
            media_id=media_id,
            multipart_id=await bucket.begin(source_key(media_id)),
            name=safe_name(announced.name),
            size_bytes=plan.size_bytes,
            part_bytes=plan.part_bytes,
            sha256=announced.sha256,
            created_at=utc_now(),
        )
        try:
            async with self._database.writing() as session:
                await require_room(session, self._quotas, project_id, announced.size_bytes)
                session.add(row)
        except (Busy, QuotaExceeded):
            await bucket.abort(source_key(media_id), row.multipart_id)
            raise
        return self._open_state(row, [])

    async def state(self, project_id: UUID, upload_id: str) -> DirectUploadState:
        """Where it stands, and addresses for what is missing. Raises `UploadNotFound`, `UploadExpired`.

        A store that has dropped the parts may only be behind: nothing is ended for that before its time.
        """
        row = await self._row(project_id, upload_id)
        if row.ended_at is None:
            try:
                return self._open_state(row, await self._parts(row))
            except UploadExpired:
                row = await self._row(project_id, upload_id)
                if row.ended_at is None:
                    raise
        return _ended_state(row)

    async def complete(self, project_id: UUID, upload_id: str) -> DirectUploadState:
        """Make the recording, once all parts are there; once, however often it is called.

        Raises `PartsMissing`, `NotAsAnnounced`, `UploadExpired`, `UploadCompleting` while another request is
        at it, and what `MediaService.receive` raises.
        """
        row = await self._row(project_id, upload_id)
        if row.ended_at is None:
            with suppress(EndedMeanwhile):
                async with completing(self._database, upload_id):
                    await self._receive(row)
            row = await self._row(project_id, upload_id)
        if row.error:
            raise UploadExpired(upload_id)
        return _ended_state(row)

    async def give_up(self, project_id: UUID, upload_id: str) -> None:
        """End an upload. A recording that came of it stays."""
        await self._end(await self._row(project_id, upload_id), _GIVEN_UP)

    async def of(self, *, user_id: UUID | None = None, project_id: UUID | None = None) -> list[DirectUpload]:
        """The uploads of a person or of a project, for their erasure."""
        mine = DirectUpload.created_by == user_id if user_id else DirectUpload.project_id == project_id
        async with self._database.reading() as session:
            return list(await session.scalars(select(DirectUpload).where(mine)))

    async def erase(self, row: DirectUpload, also_write: AlsoDelete) -> None:
        """Remove an upload and its answer, what is in the store first; `also_write` joins the transaction."""
        await self._end(row, _GIVEN_UP)
        async with self._database.writing() as session:
            await session.execute(delete(DirectUpload).where(DirectUpload.id == row.id))
            await also_write(session)

    async def remove_expired(self, lifetime: timedelta = LIFETIME) -> int:
        """End what nobody completed, and forget old answers; how many uploads ended."""
        async with self._database.reading() as session:
            expired = await session.scalars(
                select(DirectUpload).where(
                    DirectUpload.ended_at.is_(None), DirectUpload.created_at < utc_now() - lifetime
                )
            )
            rows = list(expired)
        ended = [row for row in rows if await self._ended_for_age(row)]
        async with self._database.writing() as session:
            await session.execute(
                delete(DirectUpload).where(
                    DirectUpload.ended_at.is_not(None), DirectUpload.created_at < utc_now() - _ROW_LIFETIME
                )
            )
        return len(ended)

    async def _ended_for_age(self, row: DirectUpload) -> bool:
        """Whether it could be ended. One that the store refuses to drop is tried again, after the others."""
        try:
            await self._end(row, _EXPIRED)
        except SurtitleError as error:
            log.warning("direct-upload-not-ended", extra={"upload_id": row.id, "error": error.message})
            return False
        return True

    async def _receive(self, row: DirectUpload) -> None:
        await self._join(row)
        try:
            async with self._reading:
                await self._media.receive_stored(
                    row,
                    lambda stored: _require_as_announced(row, stored),
                    lambda session: end(session, row.id),
                )
        except NotFound:
            # Given up by another request, before there was anything to read.
            raise UploadExpired(row.id) from None
        except (Invalid, QuotaExceeded) as error:
            await self._end(row, error.message)
            raise

    async def _join(self, row: DirectUpload) -> None:
        """Make one object of the parts. One that died here goes on here: the store does it once."""
        parts = await self._parts(row)
        if parts is None:
            return
        if missing := _plan(row).missing(parts):
            raise PartsMissing(row.id, len(missing))
        with suppress(NotFound):
            # Not found: another request was quicker. If it was given up, there is nothing to read.
            await self._bucket().complete(source_key(row.media_id), row.multipart_id, parts)

    async def _parts(self, row: DirectUpload) -> list[StoredPart] | None:
        """What has come; None once it is one object. Raises `UploadExpired` when the store dropped it."""
        try:
            return await self._bucket().parts(source_key(row.media_id), row.multipart_id)
        except NotFound:
            if await self._store.exists(source_key(row.media_id)):
                return None
            raise UploadExpired(row.id) from None

    async def _end(self, row: DirectUpload, error: str) -> None:
        """End it without a recording, unless it has ended. The note that its object has to go is written
        with its end, so that a crash in between leaves nothing.
        """
        if self._store.bucket is not None and row.ended_at is None:
            await self._store.bucket.abort(source_key(row.media_id), row.multipart_id)
        async with self._database.writing() as session:
            ended = await session.execute(
                update(DirectUpload)
                .where(DirectUpload.id == row.id, DirectUpload.ended_at.is_(None))
                .values(ended_at=utc_now(), error=error)
                .returning(DirectUpload.id)
            )
            if ended.one_or_none() is None:
                return
            discarded = MediaRepository(session).discard(source_key(row.media_id))
        await self._store.delete(discarded.object_key)
        async with self._database.writing() as session:
            await MediaRepository(session).forget(discarded.id)

    def _open_state(self, row: DirectUpload, parts: Sequence[StoredPart] | None) -> DirectUploadState:
        plan, bucket = _plan(row), self._bucket()
        missing = [] if parts is None else plan.missing(parts)
        key = source_key(row.media_id)
        links = [
            PartLink(number, size, bucket.part_link(key, row.multipart_id, number, size))
            for number in missing[:LINKS_AT_ONCE]
            for size in [plan.bytes_of(number)]
        ]
        return DirectUploadState(row.id, plan, row.created_at + LIFETIME, len(missing), links)

    async def _row(self, project_id: UUID, upload_id: str) -> DirectUpload:
        async with self._database.reading() as session:
            row = await session.get(DirectUpload, upload_id)
        if row is None or row.project_id != project_id:
            raise UploadNotFound(upload_id)
        return row

    def _bucket(self) -> BucketClient:
        if not self._on or self._store.bucket is None:
            raise DirectUploadsOff
        return self._store.bucket


def _plan(row: DirectUpload) -> PartPlan:
    return PartPlan(row.size_bytes, row.part_bytes)


def _ended_state(row: DirectUpload) -> DirectUploadState:
    media_id = None if row.error else row.media_id
    return DirectUploadState(
        row.id, _plan(row), row.created_at + LIFETIME, media_id=media_id, error=row.error
    )


def _require_as_announced(row: DirectUpload, stored: StoredObject) -> None:
    if stored.size_bytes != row.size_bytes:
        raise NotAsAnnounced(f"{stored.size_bytes} bytes instead of {row.size_bytes}")
    if row.sha256 is not None and stored.sha256 != row.sha256:
        raise NotAsAnnounced(f"its SHA-256 is {stored.sha256} instead of {row.sha256}")
