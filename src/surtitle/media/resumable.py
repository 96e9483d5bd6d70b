"""Resumable uploads: the core of tus 1.0, free of HTTP. See docs/decisions/0006-resumable-uploads.md."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.db.models import Media, Upload
from surtitle.errors import Invalid, QuotaExceeded, SurtitleError
from surtitle.media.errors import (
    OffsetMismatch,
    UploadExpired,
    UploadLocked,
    UploadNotFound,
    UploadTooLarge,
)
from surtitle.media.names import safe_name
from surtitle.media.service import AlsoDelete, MediaService
from surtitle.media.tusheaders import Checksum, parse_metadata, upload_name
from surtitle.media.uploadfiles import Promise, UploadFiles
from surtitle.media.uploadroom import UploadRoom
from surtitle.media.uploadwriter import IDLE_SECONDS, Incoming, write_chunks

LIFETIME = timedelta(days=2)
"""An upload that gets no bytes for so long is given up."""

_ROW_LIFETIME = timedelta(days=30)
_LOG = logging.getLogger(__name__)
_EXPIRED = "The upload expired before it was complete. Start a new one."


@dataclass(frozen=True, slots=True)
class UploadState:
    """Where an upload stands. `media_id` or `error` once all bytes were there and examined."""

    upload_id: str
    offset: int
    length: int
    expires_at: datetime
    media_id: UUID | None = None
    error: str | None = None

    @property
    def complete(self) -> bool:
        return self.offset == self.length


class ResumableUploads:
    """Creates, feeds and finishes uploads. Every method asks whose upload it is."""

    def __init__(
        self,
        database: Database,
        media: MediaService,
        settings: Settings,
        *,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._idle_seconds = idle_seconds
        self._database = database
        self._media = media
        self._limits = settings.limits
        folder = settings.data_dir / "uploads"
        self._files = UploadFiles(folder)
        self._room = UploadRoom(self._files, folder, media.disk(), settings.limits.free_disk_bytes)
        self._creating = asyncio.Lock()

    @property
    def max_bytes(self) -> int:
        """What `Tus-Max-Size` says."""
        return self._limits.upload_bytes

    async def create(
        self,
        project_id: UUID,
        length: int,
        metadata_header: str | None = None,
        *,
        created_by: UUID | None = None,
    ) -> UploadState:
        """Begin an upload of `length` bytes. Raises `TooLarge`, `StorageFull`, `StorageUsedUp`, `Busy`,
        `Invalid`.
        """
        name = safe_name(upload_name(parse_metadata(metadata_header)))
        self._require_length(length)
        upload_id = secrets.token_hex(16)
        # One after another: each sees what the one before has promised.
        async with self._creating:
            await asyncio.to_thread(self._room.require, project_id, length)
            await self._require_quota(project_id, length)
            async with self._database.writing() as session:
                session.add(Upload(id=upload_id, project_id=project_id, created_by=created_by))
            await asyncio.to_thread(self._files.create, upload_id, Promise(str(project_id), length, name))
        return await self.state(project_id, upload_id)

    async def state(self, project_id: UUID, upload_id: str) -> UploadState:
        """Where to go on. Raises `UploadNotFound`, `UploadExpired` (also for one that was refused)."""
        row = await self._row(project_id, upload_id)
        try:
            return await asyncio.to_thread(self._state_on_disk, row)
        except UploadNotFound:
            if row.media_id is None:
                raise UploadExpired(upload_id) from None
        media = await self._media.get(project_id, row.media_id)
        return UploadState(upload_id, media.size_bytes, media.size_bytes, utc_now(), media.id)

    async def append(
        self,
        project_id: UUID,
        upload_id: str,
        offset: int,
        chunks: AsyncIterable[bytes],
        *,
        checksum: Checksum | None = None,
    ) -> UploadState:
        """Add bytes at `offset`, and make the recording when they are the last.

        Bytes that came before the connection broke are kept, unless a checksum goes with them. Raises
        `OffsetMismatch`, `UploadLocked`, `ChecksumMismatch`, `MalformedUpload` (more than promised),
        `StorageFull` and, with the last bytes, what `MediaService.receive` raises.
        """
        await self._row(project_id, upload_id)
        with self._files.locked(upload_id):
            promise = await asyncio.to_thread(self._promise, upload_id)
            held = await asyncio.to_thread(self._files.offset, upload_id)
            if offset != held:
                raise OffsetMismatch(offset, held)
            incoming = Incoming(
                chunks, promise.length - held, self._room.require_disk, idle_seconds=self._idle_seconds
            )
            await write_chunks(self._files, upload_id, incoming, checksum)
            if await asyncio.to_thread(self._files.offset, upload_id) == promise.length:
                await self._complete(upload_id, promise)
        return await self.state(project_id, upload_id)

    async def outcome(self, project_id: UUID, upload_id: str) -> UploadState:
        """What became of an upload, `error` included. Finishes one whose server died before it could."""
        row = await self._row(project_id, upload_id)
        if row.error:
            return UploadState(upload_id, 0, 0, row.created_at, None, row.error)
        state = await self.state(project_id, upload_id)
        if state.complete and state.media_id is None:
            await self.complete(project_id, upload_id)
            return await self.outcome(project_id, upload_id)
        return state

    async def complete(self, project_id: UUID, upload_id: str) -> None:
        """Make the recording of an upload whose bytes are all there; once, however often it is called.

        A file that is no recording ends as the upload's `error`.
        """
        await self._row(project_id, upload_id)
        with self._files.locked(upload_id):
            promise = await asyncio.to_thread(self._promise, upload_id)
            if await asyncio.to_thread(self._files.offset, upload_id) == promise.length:
                try:
                    await self._complete(upload_id, promise)
                except (Invalid, QuotaExceeded):
                    # Kept with the upload, which is where the caller looks next.
                    return

    async def terminate(self, project_id: UUID, upload_id: str) -> None:
        """Give an upload up. A recording that came of it stays."""
        await self._row(project_id, upload_id)
        with self._files.locked(upload_id):
            async with self._database.writing() as session:
                await session.execute(delete(Upload).where(Upload.id == upload_id, Upload.media_id.is_(None)))
            await asyncio.to_thread(self._files.remove, upload_id)

    async def erase(self, upload_id: str, also_write: AlsoDelete) -> None:
        """Remove an upload and its answer, the files first: by the row a crash in between is found again.

        `also_write` joins the transaction. Raises `UploadLocked` while bytes come in.
        """
        with self._files.locked(upload_id):
            await asyncio.to_thread(self._files.remove, upload_id)
            async with self._database.writing() as session:
                await session.execute(delete(Upload).where(Upload.id == upload_id))
                await also_write(session)

    async def recover(self) -> int:
        """After a start: finish uploads whose server died between the last byte and the recording."""
        recovered = 0
        for upload_id in await asyncio.to_thread(self._files.ids):
            row = await self._find(upload_id)
            if row is None:
                continue
            try:
                state = await self.state(row.project_id, upload_id)
                if state.complete:
                    await self.complete(row.project_id, upload_id)
                    recovered += 1
            except SurtitleError as error:
                # One that cannot be finished now (its disk is full, another process has it) must not stop
                # the others; it stays, and is tried again when somebody asks for it.
                _LOG.warning("Upload %s could not be finished: %s", upload_id, error)
        return recovered

    async def remove_expired(self, lifetime: timedelta = LIFETIME) -> int:
        """Give up what nobody goes on with, and forget old answers; how many uploads went."""
        removed = 0
        for upload_id in await asyncio.to_thread(self._files.ids):
            if await asyncio.to_thread(self._files.is_older, upload_id, lifetime.total_seconds()):
                with suppress(UploadLocked), self._files.locked(upload_id):
                    await self._end(upload_id, error=_EXPIRED)
                    removed += 1
        async with self._database.writing() as session:
            await session.execute(delete(Upload).where(Upload.created_at < utc_now() - _ROW_LIFETIME))
        return removed

    async def _complete(self, upload_id: str, promise: Promise) -> None:
        """Under the lock. The row of the upload and of the media are written together, so a crash before
        that leaves the bytes to try again with, and one after it only files to remove.
        """
        row = await self._find(upload_id)
        if row is None or row.media_id is None:

            async def answer(session: AsyncSession, media: Media) -> None:
                await session.execute(update(Upload).where(Upload.id == upload_id).values(media_id=media.id))

            try:
                await self._media.receive_file(
                    promise.project,
                    promise.name,
                    self._files.data(upload_id),
                    answer,
                    row.created_by if row else None,
                )
            except (Invalid, QuotaExceeded) as error:
                await self._end(upload_id, error=error.message)
                raise
        await asyncio.to_thread(self._files.remove, upload_id)

    async def _end(self, upload_id: str, *, error: str) -> None:
        async with self._database.writing() as session:
            await session.execute(
                update(Upload).where(Upload.id == upload_id, Upload.media_id.is_(None)).values(error=error)
            )
        await asyncio.to_thread(self._files.remove, upload_id)

    def _promise(self, upload_id: str) -> Promise:
        try:
            return self._files.promise(upload_id)
        except UploadNotFound as error:
            raise UploadExpired(upload_id) from error

    def _state_on_disk(self, row: Upload) -> UploadState:
        promise = self._files.promise(row.id)
        touched = datetime.fromtimestamp(self._files.touched_epoch(row.id), UTC)
        return UploadState(
            row.id, self._files.offset(row.id), promise.length, touched + LIFETIME, row.media_id, row.error
        )

    async def _row(self, project_id: UUID, upload_id: str) -> Upload:
        row = await self._find(upload_id)
        if row is None or row.project_id != project_id:
            raise UploadNotFound(upload_id)
        return row

    async def _find(self, upload_id: str) -> Upload | None:
        async with self._database.reading() as session:
            return await session.scalar(select(Upload).where(Upload.id == upload_id))

    async def _require_quota(self, project_id: UUID, length: int) -> None:
        """What was promised before counts as if it had come."""
        room = await self._media.storage_room(project_id)
        if room is not None:
            room.require(length + await asyncio.to_thread(self._files.promised_bytes, project_id))

    def _require_length(self, length: int) -> None:
        if length <= 0:
            raise Invalid("Upload-Length must be the file's size in bytes, 1 or more.", field="Upload-Length")
        if length > self._limits.upload_bytes:
            raise UploadTooLarge(self._limits.upload_bytes)
