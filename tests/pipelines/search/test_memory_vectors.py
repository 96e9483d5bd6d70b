import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import numpy as np
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from tests.pipelines.search.conftest import COUNCIL, OTHER_PROJECT, OpenRoom

from surtitle.db.engine import Database
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.db.search_models import IndexedTranscript
from surtitle.pipelines.search.memory_vectors import MemoryVectors
from surtitle.pipelines.search.vectors import Among, packed

QUESTION = np.array([1, 0], dtype=np.float32)


class GatedDatabase(Database):
    """Lets everybody read but the second who asks, who `stands` until it is `opened`."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._asked = 0
        self.stands, self.opened = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        self._asked += 1
        if self._asked == 2:
            self.stands.set()
            await self.opened.wait()
        async with super().reading() as session:
            yield session


async def test_nobody_waits_while_another_project_is_read(open_room: OpenRoom) -> None:
    room = open_room()
    await room.bring("council", COUNCIL)
    await room.bring("elsewhere", COUNCIL, project=OTHER_PROJECT)
    await room.parts.indexing.work_off()
    async with room.database.writing() as session:
        known = {"embedder": "drawn", "vectors": packed(np.eye(2, dtype=np.float32))}
        await session.execute(update(IndexedTranscript).values(**known))
    database = GatedDatabase(room.database.url)
    index = MemoryVectors(database, 10**6)

    async def similarities(project: UUID) -> list[float]:
        return [one.similarity for one in await index.nearest(project, "drawn", QUESTION, Among(), 10)]

    first = asyncio.create_task(similarities(PERSONAL_PROJECT))
    await database.stands.wait()
    async with asyncio.timeout(30):
        assert await similarities(OTHER_PROJECT) == [1.0, 0.0]
    assert not first.done()
    database.opened.set()
    assert await first == [1.0, 0.0]
    assert index.held_bytes == 2 * QUESTION.nbytes * 2
    await database.close()
