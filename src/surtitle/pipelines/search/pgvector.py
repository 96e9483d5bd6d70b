"""Vectors compared by PostgreSQL's extension `vector`, for projects too large for a server's memory.

The table is a copy of what `search_documents` holds, made at the first question where `search.vectors` is
`pgvector`; without that setting nobody misses the extension. Once it is there, whoever indexes a transcript
writes its vectors along, in the same transaction.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Uuid, bindparam, exists, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.engine import Database
from surtitle.db.search_models import POSITION_BITS, IndexedTranscript
from surtitle.errors import Unavailable
from surtitle.pipelines.search.terms import speaker_term
from surtitle.pipelines.search.vectors import (
    Among,
    Near,
    OtherVectors,
    Vectors,
    embedded_by,
    otherwise_long,
    unpacked,
)

log = logging.getLogger(__name__)

# Vectors of any length lie in one table, those of each length in an index of their own:
# https://github.com/pgvector/pgvector#can-i-store-vectors-with-different-dimensions-in-the-same-column
_TABLE = text(
    "CREATE TABLE IF NOT EXISTS search_vectors ("
    "id bigint PRIMARY KEY REFERENCES search_chunks (id) ON DELETE CASCADE, project_id uuid NOT NULL, "
    "embedder text NOT NULL, dimensions integer NOT NULL, embedding halfvec NOT NULL)"
)
_PROJECT_INDEX = text(
    "CREATE INDEX IF NOT EXISTS ix_search_vectors_project_id ON search_vectors (project_id)"
)
# Its index of neighbours takes no longer ones; those are compared one by one.
_MOST_DIMENSIONS = 4000
_INSERT = text(
    "INSERT INTO search_vectors (id, project_id, embedder, dimensions, embedding) "
    "VALUES (:id, :project, :embedder, :dimensions, CAST(:vector AS halfvec)) ON CONFLICT DO NOTHING"
).bindparams(bindparam("project", type_=Uuid()))
_MISSING = text(
    "SELECT number FROM search_documents d WHERE embedder = :embedder AND chunks > 0 AND NOT EXISTS "
    "(SELECT FROM search_vectors v WHERE v.id = d.number << :bits)"
)
_IS_THERE = text("SELECT to_regclass(:name) IS NOT NULL")
# Whoever writes transcripts shares it, whoever makes the table has it alone: nobody who did not see the table
# is still at writing when it is there.
_SHARED = text("SELECT pg_advisory_xact_lock_shared(hashtext('search_vectors'))")
_ALONE = text("SELECT pg_advisory_xact_lock(hashtext('search_vectors'))")


class PgVectors:
    """The `VectorIndex` in PostgreSQL. Half precision, and an HNSW index over the inner product."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._prepared: set[tuple[str, int]] = set()
        self._preparing = asyncio.Lock()

    async def nearest(
        self, project_id: UUID, embedder: str, question: Vectors, among: Among, limit: int
    ) -> Sequence[Near]:
        """As `VectorIndex` promises. Makes and fills the table where it is missing."""
        await self._prepare(embedder, len(question))
        others = select(exists().where(*embedded_by(project_id, embedder), otherwise_long(len(question))))
        async with self._database.reading() as session:
            if await session.scalar(others):
                raise OtherVectors
            # A narrow project is searched exactly, by its own index; a wide one by its neighbours, and
            # further ones until enough of them pass the filters (pgvector 0.8).
            await session.execute(text("SET LOCAL hnsw.iterative_scan = strict_order"))
            await session.execute(text(f"SET LOCAL hnsw.ef_search = {max(40, limit)}"))
            asked = text(_nearest(len(question), among)).bindparams(bindparam("project", type_=Uuid()))
            values = _values(among) | {
                "project": project_id,
                "embedder": embedder,
                "question": _literal(question),
                "limit": limit,
            }
            rows = (await session.execute(asked, values)).all()
        return [Near(row.id, row.similarity) for row in rows]

    async def _prepare(self, embedder: str, dimensions: int) -> None:
        """Look once in the life of this process whether the table is whole, and mend what is not."""
        if (embedder, dimensions) in self._prepared:
            return
        async with self._preparing:
            if (embedder, dimensions) in self._prepared:
                return
            await self._make(dimensions)
            await self._fill(embedder)
            self._prepared.add((embedder, dimensions))

    async def _make(self, dimensions: int) -> None:
        index = f"ix_search_vectors_embedding_{dimensions}"
        async with self._database.reading() as session:
            if await session.scalar(_IS_THERE, {"name": index}):
                return
        log.info("making the table search_vectors, for vectors of %d values", dimensions)
        async with self._database.writing() as session:
            await session.execute(text("SET LOCAL statement_timeout = 0"))
            await session.execute(text("SET LOCAL lock_timeout = 0"))
            await session.execute(_ALONE)
            await _create_extension(session)
            await session.execute(_TABLE)
            await session.execute(_PROJECT_INDEX)
            if dimensions <= _MOST_DIMENSIONS:
                await session.execute(
                    text(
                        f"CREATE INDEX IF NOT EXISTS {index} ON search_vectors USING hnsw "
                        f"(({_as_long_as(dimensions)}) halfvec_ip_ops) WHERE dimensions = {dimensions}"
                    )
                )

    async def _fill(self, embedder: str) -> None:
        """One transcript after the other: nobody waits who deletes one meanwhile, and whoever is stopped half
        way goes on there.
        """
        async with self._database.reading() as session:
            values = {"embedder": embedder, "bits": POSITION_BITS}
            missing = (await session.scalars(_MISSING, values)).all()
        columns = IndexedTranscript.project_id, IndexedTranscript.chunks, IndexedTranscript.vectors
        for number in missing:
            query = select(*columns).where(IndexedTranscript.number == number)
            async with self._database.writing() as session:
                # Held: its moments must not go before their vectors are there.
                row = (await session.execute(query.with_for_update(key_share=True))).one_or_none()
                if row is not None and row.vectors:
                    vectors = unpacked(row.vectors, row.chunks)
                    await session.execute(_INSERT, _rows(row.project_id, number, embedder, vectors))


async def share_vectors(session: AsyncSession) -> None:
    """Before anything else in a transaction that will `write_vectors`."""
    await session.execute(_SHARED)


async def write_vectors(
    session: AsyncSession, project_id: UUID, number: int, embedder: str, vectors: Vectors
) -> None:
    """The vectors of a transcript whose moments were just written. Nothing where nobody compares them in
    PostgreSQL.
    """
    if await session.scalar(_IS_THERE, {"name": "search_vectors"}):
        await session.execute(_INSERT, _rows(project_id, number, embedder, vectors))


async def _create_extension(session: AsyncSession) -> None:
    try:
        await session.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
    except DBAPIError as error:
        raise Unavailable(
            "PostgreSQL has no extension `vector` for SURTITLE_SEARCH__VECTORS=pgvector, or "
            "this user may not create it. Install pgvector 0.8 and run CREATE EXTENSION vector, or "
            "unset the setting."
        ) from error


def _nearest(dimensions: int, among: Among) -> str:
    """The statement: nothing of it is a caller's but a number."""
    distance = f"{_as_long_as(dimensions)} <#> CAST(:question AS halfvec({dimensions}))"
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


def _as_long_as(dimensions: int) -> str:
    return f"CAST(embedding AS halfvec({dimensions}))"


def _rows(project_id: UUID, number: int, embedder: str, vectors: Vectors) -> list[dict[str, Any]]:
    told = {"project": project_id, "embedder": embedder, "dimensions": vectors.shape[1]}
    return [
        {"id": number << POSITION_BITS | position, "vector": _literal(vector), **told}
        for position, vector in enumerate(vectors)
    ]


def _literal(vector: Vectors) -> str:
    return "[" + ",".join(np.char.mod("%.5g", vector)) + "]"
