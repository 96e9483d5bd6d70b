"""The table of vectors in PostgreSQL, a copy of what `search_documents` holds.

It is made at the first question where `search.vectors` is `pgvector`; without that setting nobody misses the
extension. Once it is there, whoever indexes a transcript writes its vectors along, in the same transaction.
"""

import asyncio
import logging
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Uuid, bindparam, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from surtitle.db.engine import Database
from surtitle.db.search_models import POSITION_BITS, IndexedTranscript
from surtitle.errors import Unavailable
from surtitle.pipelines.search.vectors import Vectors, unpacked

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
# The index of neighbours takes no longer ones; those are compared one by one.
_MOST_DIMENSIONS = 4000
_INSERT = text(
    "INSERT INTO search_vectors (id, project_id, embedder, dimensions, embedding) "
    "VALUES (:id, :project, :embedder, :dimensions, CAST(:vector AS halfvec)) ON CONFLICT DO NOTHING"
).bindparams(bindparam("project", type_=Uuid()))
_MISSING = text(
    "SELECT number FROM search_documents d WHERE embedder = :embedder AND chunks > 0 AND NOT EXISTS "
    "(SELECT FROM search_vectors v WHERE v.id = d.number << :bits)"
)
_IS_THERE = text("SELECT to_regclass('search_vectors') IS NOT NULL")
# One that was cut off while it was built is there, and no use: https://www.postgresql.org/docs/current/sql-createindex.html
_IS_BUILT = text(
    "SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(:name) AND indisvalid AND indisready)"
)
# Else PostgreSQL takes a narrow project for a wide one until it next looks by itself, and walks through its
# neighbours where comparing all is quicker: measured, 25 ms rather than 3 for 5,000 moments of 100,000.
_COUNT = text("ANALYZE search_vectors")
# Whoever writes transcripts shares it, whoever makes the table has it alone: nobody who did not see the table
# is still at writing when it is there.
_SHARED = text("SELECT pg_advisory_xact_lock_shared(hashtext('search_vectors'))")
_ALONE = text("SELECT pg_advisory_xact_lock(hashtext('search_vectors'))")
_BUILD_IT_HERE = text("SELECT pg_try_advisory_lock(hashtext('search_vectors_index'))")
_LOOK_AGAIN_SECONDS = 0.5
# What does not fit is built several times as slowly; PostgreSQL's own 64 MB hold some 50,000 vectors.
_BUILDING_KILOBYTES = 256 * 1024
_WITH_ROOM = text(
    "SELECT set_config(name, greatest(CAST(setting AS bigint), :kilobytes) || 'kB', false) FROM pg_settings "
    "WHERE name = 'maintenance_work_mem'"
)


class VectorTable:
    """Made, filled and indexed by whichever server is asked first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make_whole(self, embedder: str, dimensions: int) -> None:
        """Add what is missing; whoever is cut off half way goes on there. Raises `Unavailable` without the
        extension.
        """
        await self._make()
        await self._fill(embedder)
        if dimensions <= _MOST_DIMENSIONS:
            # After the filling: so it takes a fraction of the time.
            await self._build_index(dimensions)

    async def _make(self) -> None:
        async with self._database.reading() as session:
            if await session.scalar(_IS_THERE):
                return
        log.info("making the table search_vectors")
        async with self._database.writing() as session:
            await session.execute(text("SET LOCAL statement_timeout = 0"))
            await session.execute(text("SET LOCAL lock_timeout = 0"))
            await session.execute(_ALONE)
            await _create_extension(session)
            await session.execute(_TABLE)
            await session.execute(_PROJECT_INDEX)

    async def _fill(self, embedder: str) -> None:
        """One transcript after the other: nobody waits who deletes one meanwhile."""
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
        if missing:
            async with self._database.writing() as session:
                await session.execute(text("SET LOCAL statement_timeout = 0"))
                await session.execute(_COUNT)

    async def _build_index(self, dimensions: int) -> None:
        """Beside whoever writes. One server does, the others look now and then whether it is done: a
        statement that waited for the lock would itself be waited for by the building.
        """
        name = f"ix_search_vectors_embedding_{dimensions}"
        async with self._database.without_transactions() as connection:
            while not await _is_built(connection, name):
                if not await connection.scalar(_BUILD_IT_HERE):
                    await asyncio.sleep(_LOOK_AGAIN_SECONDS)
                elif not await _is_built(connection, name):
                    await _build(connection, name, dimensions)


async def _is_built(connection: AsyncConnection, name: str) -> bool:
    return bool(await connection.scalar(_IS_BUILT, {"name": name}))


async def _build(connection: AsyncConnection, name: str, dimensions: int) -> None:
    log.info("building an index of vectors of %d values", dimensions)
    await connection.execute(text("SET statement_timeout = 0"))
    await connection.execute(text("SET lock_timeout = 0"))
    await connection.execute(_WITH_ROOM, {"kilobytes": _BUILDING_KILOBYTES})
    await connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))
    await connection.execute(
        text(
            f"CREATE INDEX CONCURRENTLY {name} ON search_vectors USING hnsw "
            f"(({as_long_as(dimensions)}) halfvec_ip_ops) WHERE dimensions = {dimensions}"
        )
    )


async def share_vectors(session: AsyncSession) -> None:
    """Before anything else in a transaction that will `write_vectors`."""
    await session.execute(_SHARED)


async def write_vectors(
    session: AsyncSession, project_id: UUID, number: int, embedder: str, vectors: Vectors
) -> None:
    """The vectors of a transcript whose moments were just written. Nothing where nobody compares them in
    PostgreSQL.
    """
    if await session.scalar(_IS_THERE):
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


def as_long_as(dimensions: int) -> str:
    """The column as an index of vectors of one length has it."""
    return f"CAST(embedding AS halfvec({dimensions}))"


def _rows(project_id: UUID, number: int, embedder: str, vectors: Vectors) -> list[dict[str, Any]]:
    told = {"project": project_id, "embedder": embedder, "dimensions": vectors.shape[1]}
    return [
        {"id": number << POSITION_BITS | position, "vector": literal(vector), **told}
        for position, vector in enumerate(vectors)
    ]


def literal(vector: Vectors) -> str:
    """As the extension reads it."""
    return "[" + ",".join(np.char.mod("%.5g", vector)) + "]"
