"""Whether a backup is whole: all of it is read, and each piece proven to be what was written."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import datetime

from surtitle.backups.carrying import require_readable
from surtitle.backups.errors import BackupDamaged
from surtitle.backups.manifest import Manifest
from surtitle.backups.place import LISTS, BackupPlace, SavedObject, object_name
from surtitle.backups.rows import saved_rows
from surtitle.storage import SortedLines
from surtitle.storage.digest import RunningDigest

_AT_ONCE = 8
_TELL_EVERY = 100


@dataclass(frozen=True, slots=True)
class Verified:
    """What was read and is right."""

    name: str
    made_at: datetime
    rows: int
    objects: int
    size_bytes: int
    missing_count: int


async def require_complete(place: BackupPlace, manifest: Manifest) -> None:
    """Every row is right, and every content is there in its full size. Raises `BackupDamaged`."""
    async for _table, _rows in saved_rows(place, manifest):
        pass
    count = size = 0
    with SortedLines(place.scratch) as stored:
        await place.contents(stored)
        there, name, wrapped = iter(stored), "", 0
        async for saved in place.saved_objects(manifest.name):
            while name < saved.content and (line := next(there, None)) is not None:
                name, wrapped = line.split("\t")[0], int(line.split("\t")[1])
            _require_there(place, saved, wrapped if name == saved.content else None)
            count += 1
            size += saved.size_bytes
    if (count, size) != (manifest.objects, manifest.object_bytes):
        raise BackupDamaged(f"{LISTS}/{manifest.name}", "does not list the files that its manifest counts")


async def verify(
    place: BackupPlace, name: str, tell: Callable[[str], None], *, quick: bool = False
) -> Verified:
    """Read all of a backup; with `quick` the rows whole, and of files only that they are there in full size.
    The records of erasures and purges are read either way.

    Raises `BackupDamaged` naming the first fault, `KeyMissing`.
    """
    manifest = await place.manifest(name)
    tell("Reading the rows, and looking for the files")
    await require_complete(place, manifest)
    await require_readable(place)
    if not quick:
        await _read_all(place, manifest, tell)
    return Verified(
        name, manifest.made_at, sum(table.rows for table in manifest.tables), manifest.objects,
        manifest.size_bytes, manifest.missing_count,
    )  # fmt: skip


async def checked(place: BackupPlace, saved: SavedObject) -> AsyncGenerator[bytes, None]:
    """The content of an object; its last piece comes only when all are known to be right. Raises
    `BackupDamaged`.
    """
    file, digest, size, last = object_name(saved.content), RunningDigest(), 0, b""
    async for piece in place.read(file):
        if last:
            yield last
        last = piece
        size += len(piece)
        if saved.sha256 is not None:
            await digest.add(piece)
    if size != saved.size_bytes or (saved.sha256 and await digest.hexdigest() != saved.sha256):
        raise BackupDamaged(file, "is not the content that the backup lists")
    if last:
        yield last


async def _read_all(place: BackupPlace, manifest: Manifest, tell: Callable[[str], None]) -> None:
    under_way: deque[asyncio.Task[None]] = deque()
    count, before = 0, None
    try:
        async for saved in place.saved_objects(manifest.name):
            if saved.content == before:
                continue
            before = saved.content
            under_way.append(asyncio.create_task(_drain(place, saved)))
            if len(under_way) >= _AT_ONCE:
                await under_way[0]
                under_way.popleft()
            count += 1
            if count % _TELL_EVERY == 0:
                tell(f"{count} of about {manifest.objects} files are right")
        while under_way:
            await under_way[0]
            under_way.popleft()
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _drain(place: BackupPlace, saved: SavedObject) -> None:
    async for _ in checked(place, saved):
        pass


def _require_there(place: BackupPlace, saved: SavedObject, wrapped_bytes: int | None) -> None:
    file = object_name(saved.content)
    if wrapped_bytes is None:
        raise BackupDamaged(file, "is missing")
    if wrapped_bytes not in place.possible_sizes(saved.size_bytes):
        raise BackupDamaged(file, "is cut short, or longer than it was")
