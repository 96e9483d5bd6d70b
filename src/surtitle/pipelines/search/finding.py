"""One question, two ways of looking, one list of moments."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from surtitle.db.engine import Database
from surtitle.db.search_models import SearchChunk
from surtitle.engines.protocols import EngineSetup
from surtitle.errors import SurtitleError
from surtitle.pipelines.search.embedding import TextEmbedding, name_of
from surtitle.pipelines.search.errors import NothingAsked
from surtitle.pipelines.search.filters import Filters, chosen_numbers
from surtitle.pipelines.search.full_text import FullText
from surtitle.pipelines.search.fusion import fused, said_share
from surtitle.pipelines.search.indexing import Indexing
from surtitle.pipelines.search.moments import Moment, around, rows_of
from surtitle.pipelines.search.terms import wanted
from surtitle.pipelines.search.vectors import Among, Near, TooManyVectors, VectorIndex

log = logging.getLogger(__name__)

# So many of each ranking are fused: what is not among the first of either is among the first of none.
_RANKED = 60
_TOO_MANY = (
    "This project has more moments than this server keeps in memory (SURTITLE_SEARCH__MEMORY_BYTES), "
    "so they were searched by their words alone."
)
_AWAY = "Search by meaning does not work at the moment, so only words were searched."


@dataclass(frozen=True, slots=True)
class Found:
    """The best moments first. `notice` says why meaning was left out; `waiting` transcripts were made or
    edited so lately that they are not found yet, or as they were before.
    """

    moments: Sequence[Moment]
    by_meaning: bool
    notice: str | None = None
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class _ByMeaning:
    near: Sequence[Near] = ()
    notice: str | None = None


class Search:
    """Looks for moments; every method names the project whose transcripts it may see."""

    def __init__(
        self, database: Database, embedding: TextEmbedding, vectors: VectorIndex, indexing: Indexing
    ) -> None:
        self._database = database
        self._embedding = embedding
        self._vectors = vectors
        self._indexing = indexing

    async def find(
        self, project_id: UUID, question: str, filters: Filters | None = None, limit: int = 10
    ) -> Found:
        """The moments that answer `question` best. Raises `NothingAsked`.

        Words in quotation marks must stand there so. Without an engine, or when it fails, only words are
        looked for, and `Found.notice` says so.
        """
        filters = filters or Filters()
        looked_for = wanted(question)
        if not looked_for:
            raise NothingAsked
        numbers = await self._numbers(project_id, filters)
        async with self._database.reading() as session:
            # Beside each other: one waits for the database, the other for the engine.
            text = FullText(session, is_sqlite=self._database.is_sqlite)
            by_words, by_meaning, waiting = await asyncio.gather(
                text.best(project_id, looked_for, _RANKED, speaker=filters.speaker, numbers=numbers),
                self._by_meaning(project_id, question, filters, numbers),
                self._indexing.due_in(project_id),
            )
        near = by_meaning.near
        if looked_for.phrases:
            # What must stand there is no matter of meaning.
            said = set(by_words)
            near = [one for one in near if one.chunk_id in said]
        shares = await self._shares(by_words, looked_for.words)
        ranked = fused(list(shares.items()), [one.chunk_id for one in near])
        moments = await self._moments(project_id, ranked[:limit], shares, near)
        return Found(moments, by_meaning.notice is None, by_meaning.notice, waiting)

    async def _numbers(self, project_id: UUID, filters: Filters) -> Sequence[int] | None:
        if not filters.choose_transcripts:
            return None
        async with self._database.reading() as session:
            return (await session.scalars(chosen_numbers(project_id, filters))).all()

    async def _shares(self, ids: Sequence[int], words: Sequence[str]) -> dict[int, float]:
        """How much of the question is said in each moment, in the order of `ids`."""
        async with self._database.reading() as session:
            query = select(SearchChunk.id, SearchChunk.text).where(SearchChunk.id.in_(ids))
            texts = {row.id: row.text for row in await session.execute(query)}
        return {one: said_share(words, texts[one]) for one in ids if one in texts}

    async def _by_meaning(
        self, project_id: UUID, question: str, filters: Filters, numbers: Sequence[int] | None
    ) -> _ByMeaning:
        """Whatever goes wrong with vectors, words are found all the same."""
        ready = await self._embedding.readiness()
        if ready.setup is None:
            return _ByMeaning(notice=ready.why_not)
        try:
            return _ByMeaning(await self._near(ready.setup, project_id, question, filters, numbers))
        except TooManyVectors:
            return _ByMeaning(notice=_TOO_MANY)
        except (SurtitleError, SQLAlchemyError, OSError) as error:
            log.warning("search by meaning failed: %s", error)
            return _ByMeaning(notice=_AWAY)

    async def _near(
        self,
        setup: EngineSetup,
        project_id: UUID,
        question: str,
        filters: Filters,
        numbers: Sequence[int] | None,
    ) -> Sequence[Near]:
        embedded = await self._embedding.embed(setup, [question], is_query=True)
        said: Sequence[int] | None = None
        if filters.speaker is not None:
            async with self._database.reading() as session:
                text = FullText(session, is_sqlite=self._database.is_sqlite)
                said = await text.said_by(project_id, filters.speaker)
        return await self._vectors.nearest(
            project_id, name_of(setup), embedded.vectors[0], Among(numbers, said), _RANKED
        )

    async def _moments(
        self, project_id: UUID, ids: Sequence[int], shares: Mapping[int, float], near: Sequence[Near]
    ) -> list[Moment]:
        similarities = {one.chunk_id: one.similarity for one in near}
        async with self._database.reading() as session:
            # A transcript that was deleted a moment ago is in memory perhaps, and not here any more.
            rows = await rows_of(session, project_id, ids)
            beside = await around(session, list(rows.values()))
        moments = []
        for one in ids:
            if (row := rows.get(one)) is None:
                continue
            chunk = row.SearchChunk
            moments.append(
                Moment(
                    chunk_id=chunk.id,
                    transcript_id=chunk.transcript_id,
                    transcript_name=row.name,
                    recorded_at=row.created_at,
                    media_id=row.media_id,
                    start_seconds=chunk.start_seconds,
                    end_seconds=chunk.end_seconds,
                    speaker=chunk.speaker,
                    language=chunk.language,
                    text=chunk.text,
                    before=beside.get((chunk.transcript_id, chunk.position - 1), ""),
                    after=beside.get((chunk.transcript_id, chunk.position + 1), ""),
                    by_words=one in shares,
                    said_share=shares.get(one, 0.0),
                    by_meaning=one in similarities,
                    similarity=similarities.get(one),
                )
            )
        return moments
