"""Recordings: received, listed, read, deleted."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.db.models import DirectUpload, Media
from surtitle.db.repeats import KeyReused, Repeatable
from surtitle.errors import Invalid, NotFound
from surtitle.ids import new_id
from surtitle.media.errors import MediaInUse, MediaNotFound, NotMedia
from surtitle.media.examination import Examiner
from surtitle.media.excerpts import Span
from surtitle.media.inspection import SourceFacts
from surtitle.media.intake import Intake
from surtitle.media.keeping import ABANDONED_AFTER, SWEEP_AFTER, Intent, intending, sweep
from surtitle.media.names import safe_name
from surtitle.media.probe import Probe
from surtitle.media.repository import SCOPE, MediaRepository
from surtitle.paging import MAX_PAGE_SIZE, Page, decode_cursor, encode_cursor
from surtitle.storage import ObjectStore, StoredObject
from surtitle.usage.quotas import Quotas
from surtitle.usage.storage import StorageRoom

MAX_KEY_CHARS = 255
_PARTS_EVERY_SECONDS = 3600.0

AlsoWrite = Callable[[AsyncSession, Media], Awaitable[None]]
"""What a caller writes in the transaction that makes the media row."""

AlsoDelete = Callable[[AsyncSession], Awaitable[None]]
"""What a caller writes in the transaction that deletes a recording, before that is asked for its jobs."""

IsKnown = Callable[[AsyncSession, Media], Awaitable[bool]]
"""Whether a caller can do without the recording: asked in the transaction that would make its row."""


def source_key(media_id: UUID) -> str:
    """Where a recording's bytes lie in the store."""
    return f"media/{media_id}/source"


def peaks_key(media_id: UUID) -> str:
    return f"media/{media_id}/peaks.json"


class MediaService:
    """Brings recordings in and hands them out. One for each process; close it at the end."""

    def __init__(self, database: Database, store: ObjectStore, settings: Settings) -> None:
        self._database = database
        self._store = store
        self._settings = settings
        self._quotas = Quotas(settings)
        self._examiner = Examiner()
        self._peaks_turn = asyncio.Lock()
        self._parts_due_at = float("-inf")

    async def receive(
        self,
        project_id: UUID,
        name: str,
        chunks: AsyncIterable[bytes],
        *,
        content_length: int | None,
        idempotency_key: str | None = None,
        created_by: UUID | None = None,
    ) -> Media:
        """Stream a recording into the store, examine it, and keep it if it is one.

        `content_length` is the request's, None when it does not say; the cap counts the bytes that come.
        With an `idempotency_key`, a repeat of the same bytes under the same name gives the media of
        the first request. Nothing is kept of what is refused. Raises `TooLarge`, `StorageFull`,
        `StorageUsedUp`, `NotMedia` (also for an empty file), `KeyReused`.
        """
        _require_sane_key(idempotency_key)
        intake = Intake(self._settings.limits, self.disk())
        await intake.refuse_early(content_length)
        if idempotency_key and await self._is_used(project_id, idempotency_key):
            sha256 = await intake.digest(chunks)
            return await self._repeated(_request(project_id, name, idempotency_key, sha256))
        intake.allot(await self.storage_room(project_id), content_length)
        media_id = new_id()
        async with intending(self._database, self._store, source_key(media_id)) as intent:
            with _told_by_name(name):
                stored = await self._store.put(source_key(media_id), intake.counted(chunks, intent))
            media = await self._examined(media_id, project_id, name, stored, created_by)
            try:
                await self._admit(media, intent, _remember(idempotency_key, name))
            except IntegrityError:
                if idempotency_key is None:
                    raise
                # The same request was under way twice, and the other one was first.
                return await self._repeated(_request(project_id, name, idempotency_key, stored.sha256))
        return media

    async def receive_unless_known(
        self,
        project_id: UUID,
        name: str,
        chunks: AsyncIterable[bytes],
        *,
        content_length: int | None,
        known: IsKnown,
        also_write: AlsoWrite,
        created_by: UUID | None = None,
    ) -> None:
        """As `receive`, but nothing is kept of a recording that is `known`.

        What `known` and `also_write` write stands or falls with what becomes of the recording.
        """
        intake = Intake(self._settings.limits, self.disk())
        await intake.refuse_early(content_length)
        intake.allot(await self.storage_room(project_id, or_known=True), content_length)
        media_id = new_id()
        async with intending(self._database, self._store, source_key(media_id)) as intent:
            with _told_by_name(name):
                stored = await self._store.put(source_key(media_id), intake.counted(chunks, intent))
            media = await self._examined(media_id, project_id, name, stored, created_by)
            async with self._database.writing() as session:
                if not await known(session, media):
                    await self._write_row(session, media, intent, also_write)

    async def receive_file(
        self,
        project_id: UUID,
        name: str,
        path: Path,
        also_write: AlsoWrite,
        created_by: UUID | None = None,
    ) -> Media:
        """Take in a file that lies on this machine; `also_write` joins the transaction of its row."""
        size = (await asyncio.to_thread(path.stat)).st_size
        await Intake(self._settings.limits, self.disk()).require_room(size)
        media_id = new_id()
        async with intending(self._database, self._store, source_key(media_id)) as intent:
            stored = await self._store.put_file(source_key(media_id), path)
            media = await self._examined(media_id, project_id, name, stored, created_by)
            await self._admit(media, intent, also_write)
        return media

    async def receive_stored(
        self,
        upload: DirectUpload,
        check: Callable[[StoredObject], None],
        also_write: Callable[[AsyncSession], Awaitable[None]],
    ) -> Media:
        """Take in what a client sent straight to the store. `check` raises for bytes that are not as they
        should be; `also_write` joins the transaction, and is asked first.

        What is refused stays in the store: the caller drops it. Raises what `receive` raises, `NotFound`.
        """
        intake = Intake(self._settings.limits, self.disk())
        await intake.refuse_early(upload.size_bytes)
        scratch = self._settings.scratch_directory
        async with self._store.measured_file(source_key(upload.media_id), scratch) as (path, stored):
            check(stored)
            with _told_by_name(upload.name):
                probe = await self._examiner.probe(path)
        media = _media(upload.media_id, upload.project_id, upload.name, stored, probe)
        media.created_by = upload.created_by
        async with self._database.writing() as session:
            await also_write(session)
            await self._quotas.admit(session, media.project_id, media.size_bytes)
            MediaRepository(session).add(media)
        return media

    async def get(self, project_id: UUID, media_id: UUID) -> Media:
        """A recording of this project. Raises `MediaNotFound`."""
        async with self._database.reading() as session:
            media = await MediaRepository(session).get(project_id, media_id)
        if media is None:
            raise MediaNotFound(media_id)
        return media

    async def list(self, project_id: UUID, cursor: str | None = None, limit: int = 50) -> Page[Media]:
        """A page of the project's recordings, newest first."""
        limit = max(1, min(limit, MAX_PAGE_SIZE))
        before = decode_cursor(cursor) if cursor else None
        async with self._database.reading() as session:
            found = await MediaRepository(session).page(project_id, before, limit + 1)
        items = found[:limit]
        return Page(items, encode_cursor(items[-1].id) if len(found) > limit else None)

    async def delete(self, project_id: UUID, media_id: UUID, also_write: AlsoDelete | None = None) -> None:
        """Delete a recording and what was derived from it; `also_write` joins the transaction.

        Raises `MediaNotFound`, `MediaInUse`.
        """
        async with self._database.writing() as session:
            repository = MediaRepository(session)
            media = await repository.get(project_id, media_id, to_delete=True)
            if media is None:
                raise MediaNotFound(media_id)
            if also_write is not None:
                await also_write(session)
            if job_id := await repository.job_using(media_id):
                raise MediaInUse(media_id, job_id)
            if film_id := await repository.film_using(media):
                raise MediaInUse(media_id, film_id, "wait until that film is made, or cancel it")
            await repository.remove(media)
            going = [repository.discard(key) for key in (media.object_key, peaks_key(media_id))]
        for row in going:
            await self._store.delete(row.object_key)
            async with self._database.writing() as session:
                await MediaRepository(session).forget(row.id)

    async def storage_room(self, project_id: UUID, *, or_known: bool = False) -> StorageRoom | None:
        """What the project may still store; None without a limit. With `or_known` there is always room for as
        much as the largest recording that is here: it may be the one that comes again.
        """
        if not self._quotas.enforced:
            return None
        async with self._database.reading() as session:
            room = await self._quotas.storage_room(session, project_id)
            if room is None or not or_known:
                return room
            return room.widened(await MediaRepository(session).largest(project_id))

    def open_source(self, media: Media, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Bytes `[start, end)` of the recording as it was sent, piece by piece."""
        return self._store.stream(
            media.object_key, start, end, size_bytes=media.size_bytes, sha256=media.sha256
        )

    def source_file(self, media: Media) -> AbstractAsyncContextManager[Path]:
        """The recording as a file to read, while the block lasts."""
        scratch = self._settings.scratch_directory
        return self._store.as_file(media.object_key, scratch, sha256=media.sha256)

    def disk(self) -> Path:
        """A folder on the disk that uploads fill: the store's, or that of copies made for examining."""
        folder = self._store.local_root or self._settings.data_dir
        while not folder.exists():
            folder = folder.parent
        return folder

    async def peaks(self, media: Media) -> bytes:
        """The waveform (JSON, see `media.peaks`), made when first asked for. Raises `NoSound`."""
        async with self._peaks_turn:
            with suppress(NotFound):
                return await self._store.read(peaks_key(media.id))
            async with self.source_file(media) as path:
                with _told_by_name(media.name):
                    document = await self._examiner.peaks(path)
            await self._keep_peaks(media, document)
        return document

    async def excerpt(self, media: Media, spans: Sequence[Span], track: int | None) -> bytes:
        """Stretches of an audio track as one WAV: see `media.excerpts`. Raises `NoSound`."""
        async with self.source_file(media) as path:
            return await self.excerpt_of_file(path, media.name, spans, track)

    async def excerpt_of_file(
        self, path: Path, name: str, spans: Sequence[Span], track: int | None = None
    ) -> bytes:
        """The same of a file that is no recording of ours. Raises `NoSound`, `NotMedia`."""
        with _told_by_name(name):
            return await self._examiner.excerpt(path, spans, track)

    async def inspect(self, path: Path) -> SourceFacts:
        """What a picture of a recording can be made from, told by a child. Raises `NotMedia`."""
        return await self._examiner.inspect(path)

    async def sweep(self, older_than: timedelta = SWEEP_AFTER) -> int:
        """Delete objects that nothing has referred to for that long, and parts of objects whose writers
        died; how many went.
        """
        return await self._drop_parts() + await sweep(self._database, self._store, older_than)

    async def warm(self) -> None:
        """Be ready for the first upload."""
        await self._examiner.warm()

    async def close(self) -> None:
        await self._examiner.close()

    async def _drop_parts(self) -> int:
        """Now and then: in a folder all that is stored is looked through."""
        if time.monotonic() < self._parts_due_at:
            return 0
        dropped = await self._store.abort_abandoned(ABANDONED_AFTER)
        self._parts_due_at = time.monotonic() + _PARTS_EVERY_SECONDS
        return dropped

    async def _examined(
        self, media_id: UUID, project_id: UUID, name: str, stored: StoredObject, created_by: UUID | None
    ) -> Media:
        # What lies elsewhere is read back whole for this, and thereby proven to have arrived as it was sent.
        written = None if self._store.local_root else stored.sha256
        scratch = self._settings.scratch_directory
        async with self._store.as_file(stored.key, scratch, sha256=written) as path:
            with _told_by_name(name):
                probe = await self._examiner.probe(path)
        media = _media(media_id, project_id, safe_name(name), stored, probe)
        media.created_by = created_by
        return media

    async def _admit(self, media: Media, intent: Intent, also_write: AlsoWrite) -> None:
        """The one transaction that makes a stored object a recording."""
        async with self._database.writing() as session:
            await self._write_row(session, media, intent, also_write)

    async def _write_row(
        self, session: AsyncSession, media: Media, intent: Intent, also_write: AlsoWrite
    ) -> None:
        await self._quotas.admit(session, media.project_id, media.size_bytes)
        await intent.fulfil(session)
        MediaRepository(session).add(media)
        await session.flush()
        await also_write(session, media)

    async def _is_used(self, project_id: UUID, key: str) -> bool:
        async with self._database.reading() as session:
            return await MediaRepository(session).is_used(project_id, key)

    async def _repeated(self, request: Repeatable) -> Media:
        async with self._database.reading() as session:
            media_id = await request.made(session)
        if media_id is None:
            # Deleted while it came again.
            raise KeyReused(request.key)
        return await self.get(request.project_id, media_id)

    async def _keep_peaks(self, media: Media, document: bytes) -> None:
        async with intending(self._database, self._store, peaks_key(media.id)) as intent:
            await self._store.put_bytes(peaks_key(media.id), document)
            async with self._database.writing() as session:
                # Deleted meanwhile: then the waveform must not outlive it.
                if await MediaRepository(session).get(media.project_id, media.id):
                    await intent.fulfil(session)


@contextmanager
def _told_by_name(name: str) -> Iterator[None]:
    """Of many files that a person sent, the error says which."""
    try:
        yield
    except NotMedia as error:
        raise NotMedia(error.reason, repr(safe_name(name))) from error


def _media(media_id: UUID, project_id: UUID, name: str, stored: StoredObject, probe: Probe) -> Media:
    return Media(
        id=media_id,
        project_id=project_id,
        name=name,
        object_key=stored.key,
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
        content_type=probe.content_type,
        duration_seconds=probe.duration_seconds,
        probe=probe.model_dump(mode="json"),
    )


def _remember(key: str | None, name: str) -> AlsoWrite:
    async def write(session: AsyncSession, media: Media) -> None:
        if key:
            _request(media.project_id, name, key, media.sha256).remember(session, media.id)

    return write


def _request(project_id: UUID, name: str, key: str, sha256: str) -> Repeatable:
    digest = hashlib.sha256(f"{sha256}\n{safe_name(name)}".encode()).hexdigest()
    return Repeatable(project_id, SCOPE, key, digest)


def _require_sane_key(key: str | None) -> None:
    if key is not None and not (0 < len(key) <= MAX_KEY_CHARS and key.isascii() and key.isprintable()):
        raise Invalid(
            f"The Idempotency-Key must be 1 to {MAX_KEY_CHARS} printable ASCII characters, such as a UUID.",
            field="Idempotency-Key",
        )
