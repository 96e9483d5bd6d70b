"""The index after the transcripts: what was made, edited or cut otherwise is indexed again.

Nothing has to be told: a transcript whose newest revision is not the one that the index holds is due. What is
deleted takes its rows along, by the database's own cascades.
"""

import asyncio
import logging
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.engine import Database
from surtitle.db.models import StoredTranscript
from surtitle.db.search_models import IndexedTranscript, UnindexedTranscript
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.reasons import reason_of
from surtitle.errors import Away, SurtitleError, Unavailable
from surtitle.pipelines.search.chunking import METHOD, Chunk, chunks_of
from surtitle.pipelines.search.embedding import TEXTS_AT_ONCE, TextEmbedding, name_of
from surtitle.pipelines.search.failures import forget_failures, is_put_off, put_off
from surtitle.pipelines.search.index_rows import MOST_CHUNKS, Content, IndexRows, terms_of_chunks
from surtitle.pipelines.search.vectors import packed, with_context
from surtitle.transcripts.archive import RevisionArchive
from surtitle.transcripts.repository import TranscriptRepository

log = logging.getLogger(__name__)

# Others look after other things meanwhile, and whoever comes next goes on.
_RUN_SECONDS = 30.0
# An engine that failed is left alone for so long; words are indexed meanwhile.
_REST_SECONDS = 60.0
# No method is called so.
_TO_BE_DONE_AGAIN = 0


@dataclass(frozen=True, slots=True)
class _Due:
    project_id: UUID
    transcript_id: UUID
    revision: int


class Indexing:
    """Keeps the index of all projects. Any number of processes may work at once: the last to write a
    transcript wins, and if that was an older revision, it is due again.
    """

    def __init__(
        self, database: Database, archive: RevisionArchive, embedding: TextEmbedding, rows: IndexRows
    ) -> None:
        self._database = database
        self._archive = archive
        self._embedding = embedding
        self._rows = rows
        self._rests_until = 0.0

    async def needed(self) -> bool:
        """Whether any transcript is due."""
        return bool(await self._due(await self._setup(), 1))

    async def work_off(self, *, seconds: float = _RUN_SECONDS) -> int:
        """Index what is due, for so long; how many transcripts. One that cannot be indexed is left for later,
        all of them while the store is away.
        """
        ends = time.monotonic() + seconds
        done = 0
        due = await self._due(await self._setup())
        # Several processes at it should not all do the same.
        random.shuffle(due)
        try:
            while due and time.monotonic() < ends:
                done += await self._tried(due.pop())
        except Away as error:
            log.warning("indexing goes on later: %s", error)
        return done

    async def reindex(self, project_id: UUID | None = None) -> int:
        """Have everything of a project, or of all, indexed again, soon; how many transcripts that are.

        What is indexed now is found until then.
        """
        chosen = select(StoredTranscript.id)
        if project_id is not None:
            chosen = chosen.where(_in_project(project_id))
        marked = update(IndexedTranscript).where(IndexedTranscript.transcript_id.in_(chosen))
        due = _due_transcripts(None).where(StoredTranscript.id.in_(chosen))
        async with self._database.writing() as session:
            await session.execute(marked.values(method=_TO_BE_DONE_AGAIN))
            await forget_failures(session, UnindexedTranscript.transcript_id.in_(chosen))
            return await session.scalar(select(func.count()).select_from(due.subquery())) or 0

    async def _setup(self) -> EngineSetup | None:
        return None if time.monotonic() < self._rests_until else await self._embedding.setup()

    async def _due(self, setup: EngineSetup | None, limit: int | None = None) -> list[_Due]:
        async with self._database.reading() as session:
            rows = await session.execute(_due_transcripts(setup).limit(limit))
            return [_Due(project_id, transcript_id, head) for project_id, transcript_id, head in rows]

    async def _is_due(self, due: _Due, setup: EngineSetup | None) -> bool:
        query = _due_transcripts(setup).where(StoredTranscript.id == due.transcript_id)
        async with self._database.reading() as session:
            return (await session.execute(query)).first() is not None

    async def _tried(self, due: _Due) -> bool:
        """Whether it is indexed now, by us. Raises `Away`."""
        setup = await self._setup()
        if not await self._is_due(due, setup):
            return False
        try:
            return await self._index(due, setup)
        except Away:
            raise
        except Exception as error:  # noqa: BLE001 - whatever one transcript does wrong, the others go on
            async with self._database.writing() as session:
                is_there = await put_off(session, due.transcript_id, due.revision)
            if is_there:
                log.warning("transcript %s cannot be indexed yet: %s", due.transcript_id, reason_of(error))
            return False

    async def _index(self, due: _Due, setup: EngineSetup | None) -> bool:
        """False where it was deleted meanwhile, or names were taken out of what was read."""
        scrubbings = await self._archive.scrubbings(due.transcript_id)
        content = await self._content(due, setup)
        async with self._database.writing() as session:
            now = await TranscriptRepository(session).scrubbings(due.transcript_id, to_write=True)
            if now != scrubbings:
                return False
            if setup is not None and content.vectors is None:
                await put_off(session, due.transcript_id, due.revision)
            else:
                await forget_failures(session, UnindexedTranscript.transcript_id == due.transcript_id)
            await self._rows.write(session, content)
        return True

    async def _content(self, due: _Due, setup: EngineSetup | None) -> Content:
        transcript = await self._archive.read(due.transcript_id, due.revision)
        chunks = (await asyncio.to_thread(chunks_of, transcript))[:MOST_CHUNKS]
        terms = await asyncio.to_thread(terms_of_chunks, due.project_id, chunks)
        vectors = None if setup is None else await self._vectors(due, chunks, setup)
        embedder = None if setup is None or vectors is None else name_of(setup)
        return Content(due.project_id, due.transcript_id, due.revision, chunks, terms, embedder, vectors)

    async def _vectors(self, due: _Due, chunks: Sequence[Chunk], setup: EngineSetup) -> bytes | None:
        """None where the engine fails: words can be found meanwhile, and meaning is tried again later."""
        texts = [chunk.text for chunk in chunks]
        made = []
        try:
            for first in range(0, len(texts), TEXTS_AT_ONCE):
                batch = texts[first : first + TEXTS_AT_ONCE]
                made.append((await self._embedding.embed(setup, batch, is_query=False)).vectors)
            if len({vectors.shape[1] for vectors in made}) > 1:
                raise Unavailable("The engine gives vectors of several lengths.")
        except SurtitleError as error:
            self._rests_until = time.monotonic() + _REST_SECONDS
            log.warning("transcript %s is indexed by words alone: %s", due.transcript_id, reason_of(error))
            return None
        return packed(with_context(np.concatenate(made))) if made else b""


def _due_transcripts(setup: EngineSetup | None) -> Select[UUID, UUID, int]:
    """Those whose newest revision is not in the index as it would be cut and, given one, embedded now. What
    failed a moment ago is left alone.
    """
    stale = [
        IndexedTranscript.transcript_id.is_(None),
        IndexedTranscript.revision != StoredTranscript.head,
        IndexedTranscript.method != METHOD,
    ]
    if setup is not None:
        stale.append(IndexedTranscript.embedder.is_distinct_from(name_of(setup)))
    return (
        select(StoredTranscript.project_id, StoredTranscript.id, StoredTranscript.head)
        .outerjoin(IndexedTranscript, IndexedTranscript.transcript_id == StoredTranscript.id)
        .where(or_(*stale), ~is_put_off())
    )


async def due_in(session: AsyncSession, project_id: UUID) -> int:
    """How many transcripts of a project wait for their words to be indexed."""
    return await session.scalar(_DUE_IN, {"project": project_id}) or 0


def _in_project(project_id: UUID) -> ColumnElement[bool]:
    return StoredTranscript.project_id == project_id


# Putting a statement together takes longer than running it, and each question asks this.
_DUE_IN = select(func.count()).select_from(
    _due_transcripts(None).where(StoredTranscript.project_id == bindparam("project")).subquery()
)
