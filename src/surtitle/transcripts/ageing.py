"""Transcripts that nobody has edited for long."""

from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.ageing import AgeTally, Going
from surtitle.db.engine import Database
from surtitle.db.models import Revision, StoredTranscript
from surtitle.domain.keeping import KeepingPlan, KeptKind
from surtitle.errors import Conflict, NotFound
from surtitle.storage import ObjectStore
from surtitle.transcripts.service import TranscriptService

_BATCH = 200


class TranscriptAgeing:
    """The `Ageing` of transcripts and their revisions. One counts from its last edit, so that what somebody
    works on does not vanish under their hands.
    """

    def __init__(self, database: Database, store: ObjectStore, transcripts: TranscriptService) -> None:
        self._database = database
        self._store = store
        self._transcripts = transcripts

    async def going(self, project_id: UUID, plan: KeepingPlan) -> AsyncIterator[Going]:
        async for stored in self._transcripts_in(project_id, plan):
            yield Going("transcripts", stored.id, stored.name, await self._size(stored.id))

    async def clear(self, project_id: UUID, plan: KeepingPlan, tally: AgeTally) -> None:
        async for stored in self._transcripts_in(project_id, plan):
            count = partial(_count, tally, await self._size(stored.id))
            with suppress(Conflict, NotFound):
                await self._transcripts.delete(project_id, stored.id, count)

    async def _size(self, transcript_id: UUID) -> int:
        async with self._database.reading() as session:
            query = select(Revision.object_key).where(Revision.transcript_id == transcript_id)
            keys = (await session.scalars(query.where(Revision.object_key.is_not(None)))).all()
        size = 0
        for key in keys:
            with suppress(NotFound):
                size += await self._store.size(key) if key is not None else 0
        return size

    async def _transcripts_in(self, project_id: UUID, plan: KeepingPlan) -> AsyncIterator[StoredTranscript]:
        """A batch at a time: no session is open while one is deleted."""
        before, after = plan.of(KeptKind.TRANSCRIPT), UUID(int=0)
        while before is not None:
            async with self._database.reading() as session:
                query = select(StoredTranscript).where(
                    StoredTranscript.project_id == project_id,
                    StoredTranscript.updated_at < before,
                    StoredTranscript.id > after,
                )
                found = (await session.scalars(query.order_by(StoredTranscript.id).limit(_BATCH))).all()
            for stored in found:
                after = stored.id
                yield stored
            if len(found) < _BATCH:
                return


async def _count(tally: AgeTally, size_bytes: int, session: AsyncSession) -> None:
    await tally(session, "transcripts", 1, size_bytes)
