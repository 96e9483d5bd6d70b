"""One try to download a file: from where the last one broke off, where the server allows it."""

import asyncio
import errno
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from surtitle.config import LimitSettings
from surtitle.errors import StorageFull
from surtitle.media.errors import NotMedia, UploadTooLarge
from surtitle.media.fetching.answers import length_told, name_told, range_told, require_file, validator_of
from surtitle.media.fetching.part_file import Note, PartFile
from surtitle.media.intake import DISK_CHECK_BYTES
from surtitle.outgoing.client import Answer, Bounds, Order, Outgoing
from surtitle.outgoing.errors import TargetAway
from surtitle.usage.storage import StorageRoom

_BATCH_BYTES = 1024 * 1024
Progress = Callable[[int, int | None], None]
"""Told how many bytes have come, and of how many; None: the server does not say."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a download may take. `room` None: the project may store any amount."""

    limits: LimitSettings
    room: StorageRoom | None
    seconds: float
    redirects: int

    def require(self, size_bytes: int) -> None:
        """Raises `UploadTooLarge`, `StorageUsedUp`."""
        if size_bytes > self.limits.upload_bytes:
            raise UploadTooLarge(self.limits.upload_bytes)
        if self.room is not None:
            self.room.require(size_bytes)

    def require_disk(self, folder: Path) -> None:
        """Blocking. Raises `StorageFull`."""
        free = shutil.disk_usage(folder).free
        if free < self.limits.free_disk_bytes:
            raise StorageFull(f"The worker's disk has {free} bytes free, too few to fetch more. Free some.")


class Download:
    """Of one URL into one part file, which the caller has locked."""

    def __init__(self, outgoing: Outgoing, part: PartFile, allowance: Allowance, progress: Progress) -> None:
        self._outgoing = outgoing
        self._part = part
        self._allowance = allowance
        self._progress = progress

    async def run(self, url: str) -> str:
        """Bring the file whole; its name. What has come is kept when it breaks off.

        Raises what `Outgoing.asked` raises, `ServerBusy`, `ServerRefused`, `NoRecordingThere`,
        `UploadTooLarge`, `StorageUsedUp`, `StorageFull`, `NotMedia` (nothing at all came).
        """
        note, held = await asyncio.to_thread(lambda: (self._part.note(), self._part.size()))
        if note.complete:
            self._progress(held, held)
            return note.name or ""
        if note.validator is None:
            held = 0
        headers = {"Accept": "*/*"}
        if held and note.validator:
            headers |= {"Range": f"bytes={held}-", "If-Range": note.validator}
        allowed = self._allowance
        bounds = Bounds(allowed.seconds, allowed.limits.upload_bytes + 1, allowed.redirects)
        async with self._outgoing.asked(Order("GET", url, headers), bounds) as answer:
            if answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                await self._start_over("The server has another file now.")
            require_file(answer)
            held = await self._placed(answer, url, note, held)
            await self._write(answer, held)
        await asyncio.to_thread(self._part.finish)
        return (await asyncio.to_thread(self._part.note)).name or ""

    async def _placed(self, answer: Answer, url: str, note: Note, held: int) -> int:
        """How many bytes are held to which the answer adds."""
        if answer.status == HTTPStatus.PARTIAL_CONTENT:
            begins, version = range_told(answer.headers), validator_of(answer.headers)
            if begins is None or begins != (held, note.total_bytes or begins[1]):
                await self._start_over("The server goes on elsewhere than where it was asked to.")
            if version not in {None, note.validator}:
                await self._start_over("The server has another file now.")
            return held
        total = length_told(answer.headers)
        self._allowance.require(total or 0)
        told = Note(validator_of(answer.headers), total, name_told(answer, url))
        await asyncio.to_thread(self._part.begin, told)
        return 0

    async def _start_over(self, why: str) -> None:
        await asyncio.to_thread(self._part.begin, Note())
        raise TargetAway(f"{why} It is fetched from its beginning.")

    async def _write(self, answer: Answer, held: int) -> None:
        size, checked = held, -DISK_CHECK_BYTES
        total = (await asyncio.to_thread(self._part.note)).total_bytes
        async for batch in _batches(answer):
            if size - checked >= DISK_CHECK_BYTES:
                checked = size
                await asyncio.to_thread(self._allowance.require_disk, self._part.folder)
            size += len(batch)
            self._allowance.require(size)
            await asyncio.to_thread(self._append, batch)
            self._progress(size, total)
        if size == 0:
            raise NotMedia("is empty: its server sends no bytes.")
        if total is not None and size != total:
            raise TargetAway(f"{size} of {total} bytes came.")

    def _append(self, batch: bytes) -> None:
        try:
            self._part.append(batch)
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise StorageFull("The worker's disk is full. Free some space.") from error
            raise


async def _batches(answer: Answer) -> AsyncIterator[bytes]:
    """Pieces joined to about a megabyte. What breaks the stream is raised once those before it are kept."""
    batch = bytearray()
    try:
        async for piece in answer.pieces():
            batch += piece
            if len(batch) >= _BATCH_BYTES:
                yield bytes(batch)
                batch.clear()
    except Exception:
        if batch:
            yield bytes(batch)
        raise
    if batch:
        yield bytes(batch)
