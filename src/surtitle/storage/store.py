"""The object store: whole objects appear at once or not at all."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import obstore
from obstore.store import LocalStore, MemoryStore
from obstore.store import ObjectStore as Backend

from surtitle.clock import utc_now
from surtitle.errors import NotFound
from surtitle.storage.digest import RunningDigest
from surtitle.storage.faults import ObjectDamaged, translated
from surtitle.storage.leftovers import Leftover, drop, leftovers
from surtitle.storage.reading import LOCAL_PIECE_BYTES, ranges
from surtitle.storage.s3_bucket import OWN_FOLDERS, BucketClient

_PART_BYTES = 8 * 1024 * 1024
_LOCAL_PARTS_AT_ONCE = 2
_REMOTE_PARTS_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What was written: its key, its size in bytes and the SHA-256 of its bytes (hex)."""

    key: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ListedObject:
    """An object as a listing tells of it."""

    key: str
    size_bytes: int
    changed_at: datetime


class ObjectStore:
    """Files by key. Keys are `/`-separated and made by us, never by users.

    An object becomes visible when its last byte is written; a writer that dies leaves nothing that
    can be read. `local_root` is the folder behind a local store, else None. `bucket` does what only S3
    can, None elsewhere. Whoever knows the `sha256` (hex) of what was written gets just those bytes
    or `ObjectDamaged`.
    """

    def __init__(
        self,
        backend: Backend,
        local_root: Path | None = None,
        *,
        prefix: str = "",
        bucket: BucketClient | None = None,
    ) -> None:
        self._backend = backend
        self._prefix = prefix
        self._is_near = isinstance(backend, LocalStore | MemoryStore)
        self.local_root = local_root
        self.bucket = bucket

    def full_key(self, key: str) -> str:
        """The key as other clients of the same bucket see it."""
        return f"{self._prefix}/{key}" if self._prefix else key

    def download_link(self, key: str, disposition: str, media_type: str) -> str | None:
        """An address in the bucket to send a client to; None where downloads go through the server."""
        if self.bucket is None or not self.bucket.serves_downloads:
            return None
        return self.bucket.link(key, disposition=disposition, media_type=media_type)

    @property
    def download_origin(self) -> str | None:
        """Scheme and host of what `download_link` gives; None where downloads go through the server."""
        if self.bucket is None or not self.bucket.serves_downloads:
            return None
        return self.bucket.origin

    async def put(self, key: str, chunks: AsyncIterable[bytes]) -> StoredObject:
        """Write an object from a stream. An exception in the stream leaves nothing behind.

        Raises `StorageFull` when the disk or the bucket has no room.
        """
        digest, size = RunningDigest(), 0

        async def counted() -> AsyncIterator[bytes]:
            nonlocal size
            async for chunk in chunks:
                await digest.add(chunk)
                size += len(chunk)
                yield chunk

        if self._is_near:
            await self._put_in_parts(key, counted(), _LOCAL_PARTS_AT_ONCE)
        else:
            await self._put_far(key, counted())
        return StoredObject(key, size, await digest.hexdigest())

    async def put_bytes(self, key: str, data: bytes) -> StoredObject:
        """Write a small object."""
        with translated(key):
            await obstore.put_async(self._backend, key, data, chunk_size=_PART_BYTES)
        return StoredObject(key, len(data), hashlib.sha256(data).hexdigest())

    async def put_file(self, key: str, path: Path) -> StoredObject:
        """Write an object from a file."""
        return await self.put(key, _file_chunks(path))

    async def read(self, key: str, *, sha256: str | None = None) -> bytes:
        """A small object whole. Raises `NotFound`, `ObjectDamaged`."""
        with translated(key):
            result = await obstore.get_async(self._backend, key)
            size = int(result.meta["size"])
            data = bytes(await result.bytes_async())
        if len(data) != size:
            raise ObjectDamaged(key, f"of {size} bytes {len(data)} came")
        _require_same(key, hashlib.sha256(data).hexdigest() if sha256 else None, sha256)
        return data

    async def stream(
        self,
        key: str,
        start: int = 0,
        end: int | None = None,
        *,
        size_bytes: int | None = None,
        sha256: str | None = None,
    ) -> AsyncGenerator[bytes, None]:
        """Bytes `[start, end)` of an object, piece by piece; nothing is held whole.

        `size_bytes` and `sha256` are those of the whole as it was written: the last piece of a whole object
        comes only once all are known to be right. Raises `NotFound`, `ObjectDamaged`.
        """
        size = await self.size(key)
        if size_bytes not in {None, size} or (end or 0) > size:
            raise ObjectDamaged(key, f"it has {size} bytes, and {size_bytes or end} were written")
        stop = size if end is None else end
        checked = sha256 if (start, stop) == (0, size) else None
        digest, position = RunningDigest(), start
        async with aclosing(ranges(self._backend, key, start, stop, is_near=self._is_near)) as pieces:
            async for piece in pieces:
                position += len(piece)
                if checked:
                    await digest.add(piece)
                    if position == stop:
                        _require_same(key, await digest.hexdigest(), checked)
                yield piece

    async def size(self, key: str) -> int:
        """An object's size in bytes. Raises `NotFound`."""
        with translated(key):
            return int((await obstore.head_async(self._backend, key))["size"])

    async def exists(self, key: str) -> bool:
        try:
            await self.size(key)
        except NotFound:
            return False
        return True

    async def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no fault, so a deletion can be repeated."""
        try:
            with translated(key):
                await obstore.delete_async(self._backend, key)
        except NotFound:
            return

    async def keys(self, prefix: str) -> AsyncIterator[str]:
        """Every key below `prefix`, in no particular order."""
        async for found in self.listing(prefix):
            yield found.key

    async def listing(self, prefix: str) -> AsyncIterator[ListedObject]:
        """Every object below `prefix`, in no particular order. Holds a page of them at a time."""
        with translated(prefix):
            async for batch in obstore.list(self._backend, prefix=prefix):
                for entry in batch:
                    yield ListedObject(entry["path"], int(entry["size"]), entry["last_modified"])

    @asynccontextmanager
    async def as_file(self, key: str, scratch: Path, *, sha256: str | None = None) -> AsyncIterator[Path]:
        """The object as a file for programs that want one: itself when local, else a copy in `scratch`.

        The file is read only, and gone (if it was a copy) when the block ends. Raises `NotFound`, and
        `ObjectDamaged` where `sha256` is given and is not that of the bytes.
        """
        async with self._measured(key, scratch, measure=sha256 is not None) as (path, stored):
            _require_same(key, stored.sha256 or None, sha256)
            yield path

    @asynccontextmanager
    async def measured_file(self, key: str, scratch: Path) -> AsyncIterator[tuple[Path, StoredObject]]:
        """As `as_file`, of an object that somebody else wrote: with its size and SHA-256 as read."""
        async with self._measured(key, scratch, measure=True) as found:
            yield found

    async def abort_abandoned(self, older_than: timedelta) -> int:
        """Drop the parts that writers left in the store when they died so long ago; how many writers'.

        Where parts cannot be listed (see `bucket`, `local_root`) the store's own rules have to do it.
        """
        if self.bucket is not None:
            return await self.bucket.abort_abandoned(older_than)
        found = [leftover async for leftover in self.leftovers(OWN_FOLDERS, utc_now() - older_than)]
        for leftover in found:
            await self.drop_leftover(leftover)
        return len(found)

    def leftovers(self, folders: tuple[str, ...], older_than: datetime) -> AsyncIterator[Leftover]:
        """The same, told and not dropped, and those on a disk too."""
        return leftovers(folders, older_than, self.local_root, self.bucket)

    async def drop_leftover(self, leftover: Leftover) -> None:
        """Remove one; it is no fault if it is gone."""
        await drop(leftover, self.local_root, self.bucket)

    @asynccontextmanager
    async def _measured(
        self, key: str, scratch: Path, *, measure: bool
    ) -> AsyncIterator[tuple[Path, StoredObject]]:
        """The SHA-256 is empty unless `measure` is set."""
        if self.local_root is not None:
            size, path = await self.size(key), self.local_root / key
            yield path, StoredObject(key, size, await asyncio.to_thread(_sha256, path) if measure else "")
            return
        digest, size = RunningDigest(), 0
        await asyncio.to_thread(scratch.mkdir, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=scratch, suffix=Path(key).suffix) as copy:
            async for chunk in self.stream(key):
                size += len(chunk)
                if measure:
                    await digest.add(chunk)
                await asyncio.to_thread(copy.write, chunk)
            await asyncio.to_thread(copy.flush)
            yield Path(copy.name), StoredObject(key, size, await digest.hexdigest() if measure else "")

    async def _put_far(self, key: str, chunks: AsyncIterator[bytes]) -> None:
        """What fits into one part is sent in one request instead of three."""
        first = bytearray()
        async for chunk in chunks:
            first += chunk
            if len(first) >= _PART_BYTES:
                await self._put_in_parts(key, _preceded(bytes(first), chunks), _REMOTE_PARTS_AT_ONCE)
                return
        await self.put_bytes(key, bytes(first))

    async def _put_in_parts(self, key: str, chunks: AsyncIterable[bytes], at_once: int) -> None:
        with translated(key):
            await obstore.put_async(
                self._backend, key, chunks, chunk_size=_PART_BYTES, max_concurrency=at_once
            )


async def _preceded(first: bytes, chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in chunks:
        yield chunk


async def _file_chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, LOCAL_PIECE_BYTES):
            yield chunk


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _require_same(key: str, found: str | None, written: str | None) -> None:
    if written is not None and found != written:
        raise ObjectDamaged(key, f"its SHA-256 is {found}, and {written} was written")
