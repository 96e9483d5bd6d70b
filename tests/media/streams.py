"""What the tests of this room share: files to make, bodies to send, and a store to look into."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

from sqlalchemy import func, select

from surtitle.db.engine import Database
from surtitle.db.models import Discarded, Media
from surtitle.storage import ObjectStore

Make = Callable[..., Path]
"""The fixture `make`."""


async def body(content: bytes | Path, size: int = 64 * 1024) -> AsyncIterator[bytes]:
    """The content in chunks of `size` bytes."""
    data = content.read_bytes() if isinstance(content, Path) else content
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def broken_body(content: bytes) -> AsyncIterator[bytes]:
    """A client that goes away after its first bytes."""
    yield content
    raise ConnectionResetError("the client went away")


async def nothing_kept(database: Database, store: ObjectStore) -> bool:
    """No object in the store, no media row, nothing left to sweep."""
    objects = [key async for key in store.keys("")]
    async with database.reading() as session:
        media = await session.scalar(select(func.count()).select_from(Media))
        discarded = await session.scalar(select(func.count()).select_from(Discarded))
    return objects == [] and media == 0 and discarded == 0
