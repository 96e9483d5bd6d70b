"""Writing objects so that a crash at any line leaves nothing that nobody knows of."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.db.engine import Database
from surtitle.errors import Busy
from surtitle.media.repository import MediaRepository
from surtitle.storage import ObjectStore

SWEEP_AFTER = timedelta(hours=6)
"""Objects that nobody adopted go after this long; a writer at work puts it off every minute."""

ABANDONED_AFTER = timedelta(days=3)
"""Parts in the store that never became an object go after this long: longer than any upload may take."""

_REFRESH_SECONDS = 60.0
_SWEEP_BATCH = 200


class Intent:
    """A note in the database that an object is being written. Whoever writes the row that refers to
    the object removes the note in the same transaction (`fulfil`); otherwise the object is deleted.
    """

    def __init__(self, database: Database, discarded_id: UUID) -> None:
        self._database = database
        self._id = discarded_id
        self._refreshed = time.monotonic()

    async def keep_alive(self) -> None:
        """Call while writing, as often as is convenient."""
        if time.monotonic() - self._refreshed < _REFRESH_SECONDS:
            return
        self._refreshed = time.monotonic()
        async with self._database.writing() as session:
            await MediaRepository(session).refresh(self._id)

    async def fulfil(self, session: AsyncSession) -> None:
        """In the transaction that writes the referring row. Raises `Busy` if the object is going."""
        if not await MediaRepository(session).adopt(self._id):
            raise Busy("The upload took so long that its file was given up. Send it again.")


@asynccontextmanager
async def intending(database: Database, store: ObjectStore, key: str) -> AsyncIterator[Intent]:
    """Note that `key` is about to be written. If no transaction fulfils the intent in the block, the object
    is deleted at the block's end; after a crash, by the sweeper.
    """
    async with database.writing() as session:
        row = MediaRepository(session).discard(key)
        await session.flush()
        discarded_id = row.id
    intent = Intent(database, discarded_id)
    try:
        yield intent
    finally:
        # Shielded: the client may have gone away, and this task be on its way out.
        await asyncio.shield(_give_up(database, store, discarded_id, key))


async def _give_up(database: Database, store: ObjectStore, discarded_id: UUID, key: str) -> None:
    """Delete the object unless the intent was fulfilled. The database is asked, not a flag of ours: a task
    that is cancelled while it commits cannot know whether the commit took place.
    """
    async with database.writing() as session:
        given_up = await MediaRepository(session).claim(discarded_id)
    if given_up:
        await _delete(database, store, discarded_id, key)


async def _delete(database: Database, store: ObjectStore, discarded_id: UUID, key: str) -> None:
    await store.delete(key)
    async with database.writing() as session:
        await MediaRepository(session).forget(discarded_id)


async def sweep(database: Database, store: ObjectStore, older_than: timedelta = SWEEP_AFTER) -> int:
    """Delete objects that nothing refers to since `older_than`; how many went.

    They are marked before they are deleted, so that no row can come to refer to an object that is
    going; a sweep that dies is finished by the next one.
    """
    gone = 0
    while True:
        async with database.writing() as session:
            rows = await MediaRepository(session).take_for_sweeping(utc_now() - older_than, _SWEEP_BATCH)
        for row in rows:
            await _delete(database, store, row.id, row.object_key)
        gone += len(rows)
        if len(rows) < _SWEEP_BATCH:
            return gone
