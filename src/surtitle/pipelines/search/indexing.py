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
from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from surtitle.db.engine import Database
from surtitle.db.models import StoredTranscript
from surtitle.db.search_models import IndexedTranscript
from surtitle.engines.protocols import EngineSetup
from surtitle.errors import NotFound, SurtitleError
from surtitle.pipelines.search.chunking import METHOD, Chunk, chunks_of
from surtitle.pipelines.search.embedding import TEXTS_AT_ONCE, TextEmbedding, name_of
from surtitle.pipelines.search.index_rows import MOST_CHUNKS, Content, IndexRows, terms_of_chunks
from surtitle.pipelines.search.vectors import packed, with_context
from surtitle.transcripts.archive import RevisionArchive

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

    async def due_in(self, project_id: UUID) -> int:
        """How many transcripts of a project wait for their words to be indexed."""
        due = _due_transcripts(None).where(_in_project(project_id))
        async with self._database.reading() as session:
            return await session.scalar(select(func.count()).select_from(due.subquery())) or 0

    async def work_off(self, *, seconds: float = _RUN_SECONDS) -> int:
        """Index what is due, for so long; how many transcripts. One that cannot be read is left for later."""
        ends = time.monotonic() + seconds
        done = 0
        due = await self._due(await self._setup())
        # Several processes at it should not all do the same.
        random.shuffle(due)
        for one in due:
            if time.monotonic() > ends:
                break
            setup = await self._setup()
            if await self._is_due(one, setup) and await self._tried(one, setup):
                done += 1
        return done

    async def reindex(self, project_id: UUID | None = None) -> int:
        """Have everything of a project, or of all, indexed again, soon; how many transcripts that are.

        What is indexed now is found until then.
        """
        marked, due = update(IndexedTranscript).values(method=_TO_BE_DONE_AGAIN), _due_transcripts(None)
        if project_id is not None:
            marked = marked.where(IndexedTranscript.project_id == project_id)
            due = due.where(_in_project(project_id))
        async with self._database.writing() as session:
            await session.execute(marked)
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

    async def _tried(self, due: _Due, setup: EngineSetup | None) -> bool:
        try:
            await self._index(due, setup)
        except NotFound:
            # Deleted meanwhile.
            return False
        except SurtitleError as error:
            log.warning("transcript %s is not indexed yet: %s", due.transcript_id, error)
            return False
        return True

    async def _index(self, due: _Due, setup: EngineSetup | None) -> None:
        transcript = await self._archive.read(due.transcript_id, due.revision)
        chunks = (await asyncio.to_thread(chunks_of, transcript))[:MOST_CHUNKS]
        terms = await asyncio.to_thread(terms_of_chunks, due.project_id, chunks)
        vectors = None if setup is None else await self._vectors(due, chunks, setup)
        embedder = None if setup is None or vectors is None else name_of(setup)
        content = Content(due.project_id, due.transcript_id, due.revision, chunks, terms, embedder, vectors)
        try:
            async with self._database.writing() as session:
                await self._rows.write(session, content)
        except IntegrityError as error:
            raise NotFound(f"The transcript {due.transcript_id} was deleted meanwhile.") from error

    async def _vectors(self, due: _Due, chunks: Sequence[Chunk], setup: EngineSetup) -> bytes | None:
        """None where the engine fails: words can be found meanwhile, and the transcript stays due."""
        texts = [chunk.text for chunk in chunks]
        made = []
        try:
            for first in range(0, len(texts), TEXTS_AT_ONCE):
                batch = texts[first : first + TEXTS_AT_ONCE]
                made.append((await self._embedding.embed(setup, batch, is_query=False)).vectors)
        except SurtitleError as error:
            self._rests_until = time.monotonic() + _REST_SECONDS
            log.warning("transcript %s is indexed by words alone: %s", due.transcript_id, error)
            return None
        return packed(with_context(np.concatenate(made))) if made else b""


def _due_transcripts(setup: EngineSetup | None) -> Select[UUID, UUID, int]:
    """Those whose newest revision is not in the index as it would be cut and, given one, embedded now."""
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
        .where(or_(*stale))
    )


def _in_project(project_id: UUID) -> ColumnElement[bool]:
    return StoredTranscript.project_id == project_id
