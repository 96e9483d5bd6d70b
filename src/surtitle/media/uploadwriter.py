"""Writing the bytes of one request of a resumable upload."""

import asyncio
import errno
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from surtitle.errors import Busy, StorageFull
from surtitle.media.errors import MalformedUpload
from surtitle.media.intake import DISK_CHECK_BYTES
from surtitle.media.tusheaders import Checksum
from surtitle.media.uploadfiles import UploadFiles

_BATCH_BYTES = 1024 * 1024

IDLE_SECONDS = 20.0
"""A client whose network died leaves a connection that never ends and never speaks. It must not keep
the upload locked when the client comes back on a new one."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """The body of one request: at most `room` bytes, and never silent for longer than `idle_seconds`.
    `require_disk` (blocking) raises `StorageFull` where the disk has no room for so many bytes more.
    """

    chunks: AsyncIterable[bytes]
    room: int
    require_disk: Callable[[int], None]
    idle_seconds: float = IDLE_SECONDS


async def write_chunks(
    files: UploadFiles, upload_id: str, incoming: Incoming, checksum: Checksum | None
) -> None:
    """Add the bytes to the upload. Hold the upload's lock.

    What came before an error or a silence is kept and counts; with a checksum, only all of it or none.
    Raises `MalformedUpload` for more than there is room for (nothing beyond it is kept),
    `ChecksumMismatch`, `StorageFull`, `Busy`.
    """
    with _disk_faults():
        if checksum is None:
            await _write_as_it_comes(files, upload_id, incoming)
        else:
            await _write_if_right(files, upload_id, incoming, checksum)


async def _write_as_it_comes(files: UploadFiles, upload_id: str, incoming: Incoming) -> None:
    try:
        async for batch in _batches(incoming):
            await asyncio.to_thread(files.append, upload_id, batch)
    finally:
        # The client may be gone; what it sent is told to it when it comes back.
        await asyncio.to_thread(files.sync, upload_id)


async def _write_if_right(files: UploadFiles, upload_id: str, incoming: Incoming, checksum: Checksum) -> None:
    hasher = checksum.hasher()
    try:
        with files.pending(upload_id).open("wb") as pending:
            async for batch in _batches(incoming):
                hasher.update(batch)
                await asyncio.to_thread(pending.write, batch)
        checksum.verify(hasher)
        # It is added to what is there before it is removed.
        await asyncio.to_thread(incoming.require_disk, files.pending(upload_id).stat().st_size)
        await asyncio.to_thread(files.accept_pending, upload_id)
        await asyncio.to_thread(files.sync, upload_id)
    finally:
        with suppress(FileNotFoundError):
            files.pending(upload_id).unlink()


async def _batches(incoming: Incoming) -> AsyncIterator[bytes]:
    """Chunks joined to about a megabyte, so that the disk is not asked for each of thousands.

    What breaks the stream is raised once the bytes before it were handed on.
    """
    batch = bytearray()
    try:
        async for chunk in _checked(incoming):
            batch += chunk
            if len(batch) >= _BATCH_BYTES:
                yield bytes(batch)
                batch.clear()
    except Exception:
        if batch:
            yield bytes(batch)
        raise
    if batch:
        yield bytes(batch)


async def _checked(incoming: Incoming) -> AsyncIterator[bytes]:
    source = aiter(incoming.chunks)
    room = incoming.room
    check_at = room
    while True:
        try:
            async with asyncio.timeout(incoming.idle_seconds):
                chunk = await anext(source, None)
        except TimeoutError:
            raise Busy("The connection went silent. What had come was kept; go on from the offset.") from None
        if chunk is None:
            return
        room -= len(chunk)
        if room < 0:
            raise MalformedUpload("More bytes came than Upload-Length promised; they were dropped.")
        if room <= check_at:
            check_at = room - DISK_CHECK_BYTES
            await asyncio.to_thread(incoming.require_disk, 0)
        yield chunk


@contextmanager
def _disk_faults() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull(
                "The disk is full; the bytes that fitted were kept. Free disk space, then go on."
            ) from error
        raise
