"""Transcripts as things that are erased."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.erasable import ERASED, Scope, StillAtWork, Tally
from surtitle.db.engine import Database
from surtitle.db.models import Revision, StoredTranscript
from surtitle.errors import Conflict, NotFound
from surtitle.storage import ObjectStore
from surtitle.transcripts.service import TranscriptService

_BATCH = 200


class TranscriptErasing:
    """The `Erasable` of transcripts and their revisions."""

    def __init__(self, database: Database, store: ObjectStore, transcripts: TranscriptService) -> None:
        self._database = database
        self._store = store
        self._transcripts = transcripts

    async def erase(self, scope: Scope, tally: Tally) -> None:
        async for project_id, transcript_id in self._transcripts_in(scope):
            # What a deletion that died half-way has left can still be found by the row.
            async for key in self._store.keys(f"transcripts/{transcript_id}"):
                await self._store.delete(key)
            await self._erase_one(project_id, transcript_id, tally)
        if (await self.found(scope))["transcripts"]:
            raise StillAtWork("A transcript")
        if scope.user_id is not None:
            await self._hide_author(scope.user_id, tally)

    async def anonymise(self, user_id: UUID, tally: Tally) -> None:
        async with self._database.writing() as session:
            changed = await session.scalars(
                update(StoredTranscript)
                .where(StoredTranscript.created_by == user_id)
                .values(created_by=None)
                .returning(StoredTranscript.id)
            )
            await tally(session, "transcripts without a name", len(changed.all()))
        await self._hide_author(user_id, tally)

    async def found(self, scope: Scope) -> Mapping[str, int]:
        async with self._database.reading() as session:
            query = select(func.count()).select_from(StoredTranscript).where(*_going(scope))
            return {"transcripts": await session.scalar(query) or 0}

    async def _erase_one(self, project_id: UUID, transcript_id: UUID, tally: Tally) -> None:
        async def count(session: AsyncSession) -> None:
            await tally(session, "transcripts")

        with suppress(Conflict, NotFound):
            await self._transcripts.delete(project_id, transcript_id, count)

    async def _hide_author(self, user_id: UUID, tally: Tally) -> None:
        """What the person changed in texts of others stays, as somebody's."""
        async with self._database.writing() as session:
            changed = await session.scalars(
                update(Revision)
                .where(Revision.author == f"user:{user_id}")
                .values(author=ERASED)
                .returning(Revision.number)
                .execution_options(synchronize_session=False)
            )
            await tally(session, "revisions without a name", len(changed.all()))

    async def _transcripts_in(self, scope: Scope) -> AsyncIterator[tuple[UUID, UUID]]:
        """Project and id, a batch at a time: no session is open while one is deleted."""
        after = UUID(int=0)
        while True:
            async with self._database.reading() as session:
                query = select(StoredTranscript.project_id, StoredTranscript.id)
                query = query.where(*_going(scope), StoredTranscript.id > after)
                rows = (await session.execute(query.order_by(StoredTranscript.id).limit(_BATCH))).all()
            for project_id, transcript_id in rows:
                after = transcript_id
                yield project_id, transcript_id
            if len(rows) < _BATCH:
                return


def _going(scope: Scope) -> Sequence[ColumnElement[bool]]:
    going: list[ColumnElement[bool]] = [false()]
    if scope.user_id is not None:
        going = [StoredTranscript.created_by == scope.user_id]
    elif scope.project_id is not None:
        going = [StoredTranscript.project_id == scope.project_id]
    return going
