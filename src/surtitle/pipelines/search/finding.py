"""One question, two ways of looking, one list of moments."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from surtitle.db.engine import Database
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.reasons import reason_of
from surtitle.errors import SurtitleError
from surtitle.pipelines.search.embedding import TextEmbedding, name_of
from surtitle.pipelines.search.errors import NothingAsked
from surtitle.pipelines.search.filters import Filters, chosen_numbers
from surtitle.pipelines.search.full_text import FullText
from surtitle.pipelines.search.fusion import fused, said_share
from surtitle.pipelines.search.indexing import due_in
from surtitle.pipelines.search.moments import Moment, moments_of
from surtitle.pipelines.search.terms import Wanted, wanted
from surtitle.pipelines.search.vectors import (
    Among,
    Near,
    OtherVectors,
    StillPreparing,
    TooManyVectors,
    VectorIndex,
    forget_other_vectors,
)

log = logging.getLogger(__name__)

# So many of each ranking are fused: what is not among the first of either is among the first of none.
_RANKED = 60
MOST_FOUND = 2 * _RANKED
"""Of one question, however it is paged."""
_TOO_MANY = (
    "This project has more moments than this server keeps in memory (SURTITLE_SEARCH__MEMORY_BYTES), "
    "so they were searched by their words alone."
)
_OTHERS = (
    "The model gives other vectors than before, so only words were searched. Recordings are made comparable "
    "anew; ask again in a while."
)
_PREPARING = (
    "Meanings are being made ready for comparison in the database, so only words were searched. Ask again in "
    "a while."
)
_AWAY = "Search by meaning does not work at the moment, so only words were searched."


@dataclass(frozen=True, slots=True)
class Found:
    """The best moments first. `notice` says why meaning was left out; `waiting` transcripts were made or
    edited so lately that they are not found yet, or as they were before. `more`: there are further ones.
    """

    moments: Sequence[Moment]
    by_meaning: bool
    notice: str | None = None
    waiting: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True)
class _ByWords:
    """How much of the question is said in each moment, 0..1, the best first."""

    shares: Mapping[int, float]
    waiting: int


@dataclass(frozen=True, slots=True)
class _ByMeaning:
    near: Sequence[Near] = ()
    notice: str | None = None


class Search:
    """Looks for moments; every method names the project whose transcripts it may see."""

    def __init__(self, database: Database, embedding: TextEmbedding, vectors: VectorIndex) -> None:
        self._database = database
        self._embedding = embedding
        self._vectors = vectors

    async def find(
        self,
        project_id: UUID,
        question: str,
        filters: Filters | None = None,
        limit: int = 10,
        offset: int = 0,
    ) -> Found:
        """The moments that answer `question` best, but for the first `offset`. Raises `NothingAsked`.

        Words in quotation marks must stand there so. Without an engine, or when it fails, only words are
        looked for, and `Found.notice` says so.
        """
        filters = filters or Filters()
        looked_for = wanted(question)
        if not looked_for:
            raise NothingAsked
        numbers = await self._numbers(project_id, filters)
        # Beside each other: one waits for the database, the other for the engine.
        by_words, by_meaning = await asyncio.gather(
            self._by_words(project_id, looked_for, filters.speaker, numbers),
            self._by_meaning(project_id, question, filters, numbers),
        )
        near = by_meaning.near
        if looked_for.phrases:
            # What must stand there is no matter of meaning.
            near = [one for one in near if one.chunk_id in by_words.shares]
        ranked = fused(list(by_words.shares.items()), [one.chunk_id for one in near])
        end = offset + limit
        moments = await self._moments(project_id, ranked[offset:end], by_words.shares, near)
        return Found(
            moments, by_meaning.notice is None, by_meaning.notice, by_words.waiting, len(ranked) > end
        )

    async def _numbers(self, project_id: UUID, filters: Filters) -> Sequence[int] | None:
        if not filters.choose_transcripts:
            return None
        async with self._database.reading() as session:
            return (await session.scalars(chosen_numbers(project_id, filters))).all()

    async def _by_words(
        self, project_id: UUID, looked_for: Wanted, speaker: str | None, numbers: Sequence[int] | None
    ) -> _ByWords:
        async with self._database.reading() as session:
            text = FullText(session, is_sqlite=self._database.is_sqlite)
            texts = await text.best(project_id, looked_for, _RANKED, speaker=speaker, numbers=numbers)
            waiting = await due_in(session, project_id)
        shares = {one: said_share(looked_for.words, said) for one, said in texts.items()}
        return _ByWords(shares, waiting)

    async def _by_meaning(
        self, project_id: UUID, question: str, filters: Filters, numbers: Sequence[int] | None
    ) -> _ByMeaning:
        """Whatever goes wrong with vectors, words are found all the same."""
        ready = await self._embedding.readiness()
        if ready.setup is None:
            return _ByMeaning(notice=ready.why_not)
        try:
            return await self._near(ready.setup, project_id, question, filters, numbers)
        except TooManyVectors:
            return _ByMeaning(notice=_TOO_MANY)
        except StillPreparing:
            return _ByMeaning(notice=_PREPARING)
        except (SurtitleError, SQLAlchemyError, OSError) as error:
            log.warning("search by meaning failed: %s", reason_of(error))
            return _ByMeaning(notice=_AWAY)

    async def _near(
        self,
        setup: EngineSetup,
        project_id: UUID,
        question: str,
        filters: Filters,
        numbers: Sequence[int] | None,
    ) -> _ByMeaning:
        embedder, among = name_of(setup), Among(numbers, filters.speaker)
        vector = (await self._embedding.embed(setup, [question], is_query=True)).vectors[0]
        try:
            return _ByMeaning(await self._vectors.nearest(project_id, embedder, vector, among, _RANKED))
        except OtherVectors:
            await forget_other_vectors(self._database, project_id, embedder, len(vector))
            return _ByMeaning(notice=_OTHERS)

    async def _moments(
        self, project_id: UUID, ids: Sequence[int], shares: Mapping[int, float], near: Sequence[Near]
    ) -> list[Moment]:
        similarities = {one.chunk_id: one.similarity for one in near}
        async with self._database.reading() as session:
            # A transcript that was deleted a moment ago is in memory perhaps, and not here any more.
            moments = await moments_of(session, project_id, ids)
        return [
            replace(
                moments[one],
                by_words=one in shares,
                said_share=shares.get(one, 0.0),
                by_meaning=one in similarities,
                similarity=similarities.get(one),
            )
            for one in ids
            if one in moments
        ]
