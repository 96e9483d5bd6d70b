"""Vectors compared by PostgreSQL's extension `vector`, for projects too large for a server's memory.

The table is a copy of what `search_documents` holds, made where `search.vectors` is `pgvector`; without that
setting nobody misses the extension.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Uuid, bindparam, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.engine import Database
from surtitle.db.search_models import POSITION_BITS, IndexedTranscript
from surtitle.errors import Unavailable
from surtitle.pipelines.search.vectors import Among, Near, Vectors, unpacked

log = logging.getLogger(__name__)

_COLUMNS = "id bigint PRIMARY KEY REFERENCES search_chunks (id) ON DELETE CASCADE, project_id uuid NOT NULL"
_INSERT = text(
    "INSERT INTO search_vectors (id, project_id, embedding) VALUES (:id, :project, CAST(:vector AS halfvec))"
).bindparams(bindparam("project", type_=Uuid()))
# A narrow project is searched exactly, by its own index; a wide one by its neighbours, and further ones
# until enough of them pass the filters (pgvector 0.8).
_NEAREST = f"""
    SELECT id, -(embedding <#> CAST(:question AS halfvec)) AS similarity FROM search_vectors
    WHERE project_id = :project
    AND (CAST(:numbers AS bigint[]) IS NULL OR (id >> {POSITION_BITS}) = ANY(CAST(:numbers AS bigint[])))
    AND (CAST(:ids AS bigint[]) IS NULL OR id = ANY(CAST(:ids AS bigint[])))
    ORDER BY embedding <#> CAST(:question AS halfvec) LIMIT :limit
"""  # noqa: S608 - nothing of it is a caller's


class PgVectors:
    """The `VectorIndex` in PostgreSQL. Half precision, and an HNSW index over the inner product."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._values: int | None = None
        self._preparing = asyncio.Lock()

    async def nearest(
        self, project_id: UUID, embedder: str, question: Vectors, among: Among, limit: int
    ) -> Sequence[Near]:
        await self._prepare(len(question), embedder)
        asked = text(_NEAREST).bindparams(bindparam("project", type_=Uuid()))
        values = {
            "question": _literal(question),
            "project": project_id,
            "numbers": among.numbers if among.numbers is None else list(among.numbers),
            "ids": among.chunk_ids if among.chunk_ids is None else list(among.chunk_ids),
            "limit": limit,
        }
        async with self._database.reading() as session:
            await session.execute(text("SET LOCAL hnsw.iterative_scan = strict_order"))
            await session.execute(text(f"SET LOCAL hnsw.ef_search = {max(40, limit)}"))
            rows = (await session.execute(asked, values)).all()
        return [Near(row.id, row.similarity) for row in rows]

    async def write(
        self, session: AsyncSession, project_id: UUID, number: int, vectors: bytes, rows: int
    ) -> None:
        """The vectors of a transcript whose moments were just written, in the same transaction."""
        unpacked_rows = unpacked(vectors, rows)
        if self._values != unpacked_rows.shape[1]:
            # Made beside this transaction at the first question, with what is there by then.
            return
        await session.execute(_INSERT, _rows(project_id, number, unpacked_rows))

    async def _prepare(self, values: int, embedder: str) -> None:
        """Make the table and its index, and fill it, unless it is there for vectors of this length."""
        if self._values == values:
            return
        async with self._preparing:
            if self._values == values:
                return
            try:
                async with self._database.writing() as session:
                    await self._make(session, values, embedder)
            except DBAPIError as error:
                raise Unavailable(
                    "PostgreSQL has no extension `vector` for SURTITLE_SEARCH__VECTORS=pgvector, or "
                    "this user may not create it. Install pgvector 0.8 and run CREATE EXTENSION vector, or "
                    "unset the setting."
                ) from error
            self._values = values

    async def _make(self, session: AsyncSession, values: int, embedder: str) -> None:
        await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('search_vectors'))"))
        await session.execute(text("SET LOCAL statement_timeout = 0"))
        await session.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
        length = await session.scalar(
            text(
                "SELECT atttypmod FROM pg_attribute WHERE attrelid = to_regclass('search_vectors') "
                "AND attname = 'embedding'"
            )
        )
        if length == values:
            return
        log.info("making the table search_vectors for vectors of %d values", values)
        await session.execute(text("DROP TABLE IF EXISTS search_vectors"))
        await session.execute(
            text(f"CREATE TABLE search_vectors ({_COLUMNS}, embedding halfvec({values}) NOT NULL)")
        )
        await self._fill(session, embedder)
        await session.execute(
            text("CREATE INDEX ix_search_vectors_project_id ON search_vectors (project_id)")
        )
        await session.execute(
            text(
                "CREATE INDEX ix_search_vectors_embedding ON search_vectors "
                "USING hnsw (embedding halfvec_ip_ops)"
            )
        )

    async def _fill(self, session: AsyncSession, embedder: str) -> None:
        query = select(IndexedTranscript.number).where(
            IndexedTranscript.embedder == embedder, IndexedTranscript.chunks > 0
        )
        columns = IndexedTranscript.project_id, IndexedTranscript.chunks, IndexedTranscript.vectors
        for number in (await session.scalars(query)).all():
            row = (await session.execute(select(*columns).where(IndexedTranscript.number == number))).one()
            if row.vectors:
                data = unpacked(row.vectors, row.chunks)
                await session.execute(_INSERT, _rows(row.project_id, number, data))


def _rows(project_id: UUID, number: int, vectors: Vectors) -> list[dict[str, Any]]:
    return [
        {
            "id": number << POSITION_BITS | position,
            "project": project_id,
            "vector": _literal(vector),
        }
        for position, vector in enumerate(vectors)
    ]


def _literal(vector: Vectors) -> str:
    return "[" + ",".join(np.char.mod("%.5g", vector)) + "]"
