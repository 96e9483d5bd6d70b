"""Counting bytes as they arrive, and stopping in time."""

import hashlib
import shutil
from asyncio import to_thread
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path

from surtitle.config import LimitSettings
from surtitle.errors import StorageFull
from surtitle.media.errors import MalformedUpload, NotMedia, UploadTooLarge
from surtitle.media.keeping import Intent
from surtitle.usage.storage import StorageRoom

_ENVELOPE_BYTES = 256 * 1024
"""What a form may add around its file: a request this much over the cap may still hold a file within it."""

DISK_CHECK_BYTES = 64 * 1024 * 1024
"""After how many bytes that have come the disk is looked at again."""


class Intake:
    """The rules for one stream of bytes. `disk` is a folder on the disk that fills up."""

    def __init__(self, limits: LimitSettings, disk: Path) -> None:
        self._limits = limits
        self._disk = disk
        self._room: StorageRoom | None = None

    async def refuse_early(self, content_length: int | None) -> None:
        """Before a byte is read. Raises `TooLarge` or `StorageFull`."""
        if content_length is not None and content_length > self._limits.upload_bytes + _ENVELOPE_BYTES:
            raise UploadTooLarge(self._limits.upload_bytes)
        await self.require_room(content_length or 0)

    def allot(self, room: StorageRoom | None, content_length: int | None) -> None:
        """What the project may still store, None without a limit. Raises `StorageUsedUp` when more is
        announced.
        """
        self._room = room
        if room is not None:
            room.require(max((content_length or 0) - _ENVELOPE_BYTES, 1))

    async def counted(self, chunks: AsyncIterable[bytes], intent: Intent) -> AsyncIterator[bytes]:
        """The chunks, up to the caps and while the disk has room. Raises `NotMedia` when there are none."""
        size = 0
        checked = 0
        async for chunk in _unbroken(chunks):
            size += len(chunk)
            self._require_within(size)
            if size - checked >= DISK_CHECK_BYTES:
                checked = size
                await self.require_room(0)
            await intent.keep_alive()
            yield chunk
        if size == 0:
            raise NotMedia("is empty. Choose the recording again: the copy may have failed.")

    async def digest(self, chunks: AsyncIterable[bytes]) -> str:
        """SHA-256 (hex) of the chunks, which are not kept. Raises `TooLarge`."""
        digest = hashlib.sha256()
        size = 0
        async for chunk in _unbroken(chunks):
            size += len(chunk)
            self._require_within(size)
            digest.update(chunk)
        return digest.hexdigest()

    def _require_within(self, size: int) -> None:
        if size > self._limits.upload_bytes:
            raise UploadTooLarge(self._limits.upload_bytes)
        if self._room is not None:
            self._room.require(size)

    async def require_room(self, wanted_bytes: int) -> None:
        """On the disk, beside what is kept free. Raises `StorageFull`."""
        free = (await to_thread(shutil.disk_usage, self._disk)).free
        if free - wanted_bytes < self._limits.free_disk_bytes:
            raise StorageFull(
                f"The disk has {free} bytes free, too few for this file and the "
                f"{self._limits.free_disk_bytes} that are kept free. Free disk space, then send it again."
            )


async def _unbroken(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """The store would take a broken connection for a fault of its own."""
    try:
        async for chunk in chunks:
            yield chunk
    except OSError as error:
        raise MalformedUpload(f"The file did not come whole: {error}. Send it again.") from error
