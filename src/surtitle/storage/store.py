"""The object store: whole objects appear at once or not at all."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import ObjectStore as Backend

from surtitle.errors import NotFound, StorageFull, Unavailable

_PART_BYTES = 8 * 1024 * 1024
_READ_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What was written: its key, its size in bytes and the SHA-256 of its bytes (hex)."""

    key: str
    size_bytes: int
    sha256: str


class ObjectStore:
    """Files by key. Keys are `/`-separated and made by us, never by users.

    An object becomes visible when its last byte is written; a writer that dies leaves nothing that
    can be read. `local_root` is the folder behind a local store, else None.
    """

    def __init__(self, backend: Backend, local_root: Path | None = None) -> None:
        self._backend = backend
        self.local_root = local_root

    async def put(self, key: str, chunks: AsyncIterable[bytes]) -> StoredObject:
        """Write an object from a stream. An exception in the stream leaves nothing behind.

        Raises `StorageFull` when the disk or the bucket has no room.
        """
        digest = hashlib.sha256()
        size = 0

        async def counted() -> AsyncIterator[bytes]:
            nonlocal size
            async for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                yield chunk

        with _translated(key):
            await obstore.put_async(self._backend, key, counted(), chunk_size=_PART_BYTES, max_concurrency=2)
        return StoredObject(key, size, digest.hexdigest())

    async def put_bytes(self, key: str, data: bytes) -> StoredObject:
        """Write a small object."""
        with _translated(key):
            await obstore.put_async(self._backend, key, data)
        return StoredObject(key, len(data), hashlib.sha256(data).hexdigest())

    async def put_file(self, key: str, path: Path) -> StoredObject:
        """Write an object from a file."""
        return await self.put(key, _file_chunks(path))

    async def read(self, key: str) -> bytes:
        """A small object whole. Raises `NotFound`."""
        with _translated(key):
            result = await obstore.get_async(self._backend, key)
            return bytes(await result.bytes_async())

    async def stream(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Bytes `[start, end)` of an object, piece by piece; nothing is held whole. Raises `NotFound`."""
        with _translated(key):
            size = await self.size(key)
            stop = size if end is None else min(end, size)
            for offset in range(start, stop, _READ_BYTES):
                piece = await obstore.get_range_async(
                    self._backend, key, start=offset, end=min(offset + _READ_BYTES, stop)
                )
                yield bytes(piece)

    async def size(self, key: str) -> int:
        """An object's size in bytes. Raises `NotFound`."""
        with _translated(key):
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
            with _translated(key):
                await obstore.delete_async(self._backend, key)
        except NotFound:
            return

    async def keys(self, prefix: str) -> AsyncIterator[str]:
        """Every key below `prefix`, in no particular order."""
        async for batch in obstore.list(self._backend, prefix=prefix):
            for entry in batch:
                yield entry["path"]

    @asynccontextmanager
    async def as_file(self, key: str, scratch: Path) -> AsyncIterator[Path]:
        """The object as a file for programs that want one: itself when local, else a copy in `scratch`.

        The file is read only, and gone (if it was a copy) when the block ends.
        """
        if self.local_root is not None:
            await self.size(key)
            yield self.local_root / key
            return
        await asyncio.to_thread(scratch.mkdir, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=scratch, suffix=Path(key).suffix) as copy:
            async for chunk in self.stream(key):
                await asyncio.to_thread(copy.write, chunk)
            await asyncio.to_thread(copy.flush)
            yield Path(copy.name)


async def _file_chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, _READ_BYTES):
            yield chunk


@contextmanager
def _translated(key: str) -> Iterator[None]:
    """The store's faults as ours. The key is ours too, so that it may be named."""
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        raise NotFound(f"The store holds no object {key!r}.") from error
    except (BaseError, OSError) as error:
        # The backend passes the operating system's words on, not its number.
        if "No space left" in str(error) or "quota" in str(error).lower():
            raise StorageFull(
                f"No room left to store {key!r}. Free disk space, or set SURTITLE_DATA_DIR to a larger disk."
            ) from error
        raise Unavailable(f"The store failed at {key!r}: {error}") from error
