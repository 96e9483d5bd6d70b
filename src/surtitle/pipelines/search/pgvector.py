"""Vectors compared by PostgreSQL's extension `vector`, for projects too large for a server's memory."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, exists, func, select, text

from surtitle.db.engine import Database
from surtitle.db.search_models import POSITION_BITS
from surtitle.pipelines.search.pgvector_table import VectorTable, as_long_as, literal
from surtitle.pipelines.search.terms import speaker_term
from surtitle.pipelines.search.vectors import (
    Among,
    Near,
    OtherVectors,
    StillPreparing,
    Vectors,
    embedded_by,
    otherwise_long,
)

# So long a question waits for the table to be whole; filling it may take minutes.
_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class _Preparation:
    task: asyncio.Task[None]
    patience_ends: float


class PgVectors:
    """The `VectorIndex` in PostgreSQL. Half precision, and an HNSW index over the inner product."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = VectorTable(database)
        self._preparations: dict[tuple[str, int], _Preparation] = {}

    async def nearest(
        self, project_id: UUID, embedder: str, question: Vectors, among: Among, limit: int
    ) -> Sequence[Near]:
        """As `VectorIndex` promises. The first question has the table made and filled where it is not."""
        await self._prepared(embedder, len(question))
        # A narrow project is searched exactly, by its own index; a wide one by its neighbours, and further
        # ones until enough of them pass the filters (pgvector 0.8). Said in one go: each costs a round trip.
        others = select(
            exists().where(*embedded_by(project_id, embedder), otherwise_long(len(question))),
            func.set_config("hnsw.iterative_scan", "strict_order", True),
            func.set_config("hnsw.ef_search", str(max(40, limit)), True),
        )
        async with self._database.reading() as session:
            if await session.scalar(others):
                raise OtherVectors
            asked = text(_nearest(len(question), among)).bindparams(bindparam("project", type_=Uuid()))
            values = _values(among) | {
                "project": project_id,
                "embedder": embedder,
                "question": literal(question),
                "limit": limit,
            }
            rows = (await session.execute(asked, values)).all()
        return [Near(row.id, row.similarity) for row in rows]

    async def close(self) -> None:
        """What is cut off in the middle goes on with the next server's first question."""
        tasks = [one.task for one in self._preparations.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _prepared(self, embedder: str, dimensions: int) -> None:
        """Look once in the life of this process whether the table is whole, and mend what is not. Raises
        `StillPreparing` while it takes longer than a question waits; what failed is tried again by the next.
        """
        known, now = (embedder, dimensions), asyncio.get_running_loop().time()
        one = self._preparations.get(known)
        if one is None:
            task = asyncio.create_task(self._table.make_whole(embedder, dimensions))
            one = self._preparations[known] = _Preparation(task, now + _PATIENCE_SECONDS)
        if not one.task.done():
            await asyncio.wait({one.task}, timeout=max(0.0, one.patience_ends - now))
        if not one.task.done():
            raise StillPreparing
        if (failure := one.task.exception()) is not None:
            if self._preparations.get(known) is one:
                del self._preparations[known]
            raise failure


def _nearest(dimensions: int, among: Among) -> str:
    """The statement: nothing of it is a caller's but a number."""
    distance = f"{as_long_as(dimensions)} <#> CAST(:question AS halfvec({dimensions}))"
    filters = ""
    if among.numbers is not None:
        filters += f" AND (id >> {POSITION_BITS}) = ANY(CAST(:numbers AS bigint[]))"
    if among.speaker is not None:
        heard = "SELECT c.id FROM search_chunks c WHERE c.terms @@ to_tsquery('surtitle', :speaker)"
        filters += f" AND id IN ({heard})"
    return (
        f"SELECT id, -({distance}) AS similarity FROM search_vectors WHERE project_id = :project "  # noqa: S608
        f"AND embedder = :embedder AND dimensions = {dimensions}{filters} ORDER BY {distance} LIMIT :limit"
    )


def _values(among: Among) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if among.numbers is not None:
        values["numbers"] = list(among.numbers)
    if among.speaker is not None:
        values["speaker"] = speaker_term(among.speaker)
    return values
