"""Where backups are: files by name in a store, each wrapped as it is written and proven as it is read."""

import asyncio
import secrets
import tempfile
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from surtitle.backups.envelope import (
    HEAD_BYTES,
    Head,
    content_size,
    read_head,
    unwrapped,
    wrapped,
    wrapped_size,
)
from surtitle.backups.errors import BackupDamaged, BackupNotFound
from surtitle.backups.keys import KeyRing
from surtitle.backups.lines import unpacked
from surtitle.backups.manifest import Manifest
from surtitle.errors import Invalid, NotFound
from surtitle.storage import ListedObject, ObjectDamaged, ObjectStore, SortedLines

_ROOT = "backups"
MANIFESTS, ROWS, LISTS, OBJECTS = "manifests", "rows", "lists", "objects"
LATEST = "latest"
_PIECE_BYTES = 1024 * 1024


def new_name(now: datetime) -> str:
    """In the order of their making."""
    return f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03d}Z-{secrets.token_hex(3)}"


def object_name(content: str) -> str:
    """The file of a content, by the name that the key ring gives it."""
    return f"{OBJECTS}/{content[:2]}/{content}"


@dataclass(frozen=True, slots=True)
class SavedObject:
    """An object of the installation's store, and the content under which the backup has it."""

    key: str
    size_bytes: int
    sha256: str | None
    content: str


class BackupPlace:
    """The backups in one store. Names are of files below `backups/`."""

    def __init__(self, store: ObjectStore, keys: KeyRing, scratch: Path, *, is_aside: bool = False) -> None:
        self.keys = keys
        self.scratch = scratch
        self.is_aside = is_aside
        """Whether backups here are others than the settings ask for."""
        self._store = store

    @property
    def is_sealed(self) -> bool:
        """Whether new files are encrypted."""
        return self.keys.key is not None

    async def write(self, name: str, chunks: AsyncIterable[bytes]) -> int:
        """Write a file whole or not at all; its bytes in the store."""
        stored = await self._store.put(f"{_ROOT}/{name}", wrapped(name, chunks, self.keys.key))
        return stored.size_bytes

    async def send_wrapped(self, name: str, pieces: AsyncIterable[bytes]) -> None:
        """Write a file that is wrapped already."""
        await self._store.put(f"{_ROOT}/{name}", pieces)

    async def read(self, name: str) -> AsyncGenerator[bytes, None]:
        """The content of a file. Raises `BackupDamaged` for one that is missing, or not what was written."""
        try:
            async with (
                aclosing(self._store.stream(f"{_ROOT}/{name}")) as chunks,
                aclosing(unwrapped(name, chunks, self.keys)) as pieces,
            ):
                async for piece in pieces:
                    yield piece
        except NotFound:
            raise BackupDamaged(name, "is missing") from None

    async def has(self, name: str) -> bool:
        return await self._store.exists(f"{_ROOT}/{name}")

    async def delete(self, name: str) -> None:
        await self._store.delete(f"{_ROOT}/{name}")

    async def listed(self, folder: str) -> AsyncGenerator[ListedObject, None]:
        """The files of a folder, named without it."""
        whole = f"{_ROOT}/{folder}"
        async for found in self._store.listing(whole):
            name = found.key.removeprefix(f"{whole}/")
            yield ListedObject(name, found.size_bytes, found.changed_at)

    async def names(self) -> list[str]:
        """Of all finished backups, the oldest first."""
        return sorted([found.key async for found in self.listed(MANIFESTS)])

    async def chosen(self, wish: str) -> str:
        """The name that `wish` stands for: itself, or the newest for `latest`. Raises `BackupNotFound`."""
        names = await self.names()
        if wish == LATEST and names:
            return names[-1]
        if wish not in names:
            raise BackupNotFound(wish)
        return wish

    async def manifest(self, name: str) -> Manifest:
        """Raises `BackupDamaged`, `KeyMissing`."""
        data = b"".join([piece async for piece in self.read(f"{MANIFESTS}/{name}")])
        return Manifest.from_bytes(name, data)

    async def key_of(self, name: str) -> str | None:
        """The mark of the key that a backup is encrypted with; None for one that is not."""
        head = await self._head(f"{MANIFESTS}/{name}")
        return head.key_id.hex() if head.key_id else None

    async def is_under_this_key(self, file: str) -> bool:
        """Whether the file is there as it would be written now: encrypted with the same key, or with none."""
        try:
            head = await self._head(file)
        except (NotFound, ObjectDamaged, BackupDamaged, Invalid):
            return False
        return head.key_id == (self.keys.key.id if self.keys.key else None)

    async def saved_objects(self, name: str) -> AsyncGenerator[SavedObject, None]:
        """What a backup has, in the order of contents."""
        file = f"{LISTS}/{name}"
        async with aclosing(unpacked(file, self.read(file))) as entries:
            async for entry in entries:
                yield SavedObject(*entry)

    async def contents(self, into: SortedLines) -> None:
        """All contents that are stored, with the size of their files and when they were written."""
        async for found in self.listed(OBJECTS):
            content = found.key.rpartition("/")[2]
            into.add(f"{content}\t{found.size_bytes}\t{found.changed_at.timestamp():.0f}")

    def size_of(self, size_bytes: int) -> int:
        return wrapped_size(size_bytes, sealed=self.is_sealed)

    @staticmethod
    def possible_sizes(size_bytes: int) -> frozenset[int]:
        """Of the file of so much content, with a key and without."""
        return frozenset(wrapped_size(size_bytes, sealed=sealed) for sealed in (True, False))

    def content_of(self, wrapped_bytes: int) -> int:
        return content_size(wrapped_bytes, sealed=self.is_sealed)

    async def _head(self, file: str) -> Head:
        start = [piece async for piece in self._store.stream(f"{_ROOT}/{file}", 0, HEAD_BYTES)]
        return read_head(file, b"".join(start))


class WaitingFile:
    """Content that has to be complete before it is sent: it waits on this machine's disk, wrapped already."""

    def __init__(self, place: BackupPlace, name: str) -> None:
        self._place = place
        self._name = name
        self.size_bytes = 0
        place.scratch.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=place.scratch)  # noqa: SIM115 - closed by `close`

    async def fill(self, chunks: AsyncIterable[bytes]) -> None:
        """Put this in it, in place of what was there."""
        self._file.seek(0)
        self._file.truncate()
        self.size_bytes = 0
        async for piece in wrapped(self._name, chunks, self._place.keys.key):
            self.size_bytes += len(piece)
            await asyncio.to_thread(self._file.write, piece)

    async def send(self) -> None:
        await self._place.send_wrapped(self._name, self._pieces())

    def close(self) -> None:
        self._file.close()

    async def _pieces(self) -> AsyncGenerator[bytes, None]:
        self._file.seek(0)
        while piece := await asyncio.to_thread(self._file.read, _PIECE_BYTES):
            yield piece
