"""Reading an object in ranges: bounded memory, quick through a network too, never less than asked for."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

import obstore
from obstore.store import ObjectStore as Backend

from surtitle.storage.faults import ObjectDamaged, translated

LOCAL_PIECE_BYTES = 1024 * 1024
REMOTE_PIECE_BYTES = 4 * 1024 * 1024
_REMOTE_AHEAD = 2
"""While one range is handed on, the next ones are under way. A reader that pauses holds no more than these,
and no connection: a store may hang up on a client that reads slowly."""


async def ranges(
    backend: Backend, key: str, start: int, end: int, *, is_near: bool
) -> AsyncGenerator[bytes, None]:
    """Bytes `[start, end)` of an object of at least so many. Raises `ObjectDamaged` for fewer."""
    size = LOCAL_PIECE_BYTES if is_near else REMOTE_PIECE_BYTES
    offsets = iter(range(start, end, size))
    under_way: deque[asyncio.Task[bytes]] = deque()

    def ask_for_next() -> None:
        offset = next(offsets, None)
        if offset is not None:
            under_way.append(asyncio.create_task(_range(backend, key, offset, min(offset + size, end))))

    try:
        for _ in range(1 if is_near else _REMOTE_AHEAD):
            ask_for_next()
        while under_way:
            piece = await under_way[0]
            under_way.popleft()
            ask_for_next()
            yield piece
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _range(backend: Backend, key: str, start: int, end: int) -> bytes:
    with translated(key):
        piece = bytes(await obstore.get_range_async(backend, key, start=start, end=end))
    if len(piece) != end - start:
        raise ObjectDamaged(key, f"of bytes {start} to {end} only {len(piece)} came")
    return piece
