"""What the index holds of a transcript, written in one transaction: found whole, or as it was before."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Insert, Text, bindparam, delete, func, insert, literal_column
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.db.search_models import POSITION_BITS, IndexedTranscript, SearchChunk
from surtitle.pipelines.search.chunking import METHOD, Chunk
from surtitle.pipelines.search.pgvector_table import share_vectors, write_vectors
from surtitle.pipelines.search.terms import project_term, speaker_term, terms_of
from surtitle.pipelines.search.vectors import unpacked

MOST_CHUNKS = 2**POSITION_BITS

# PostgreSQL takes a megabyte for each moment, and tells of more only while it writes. Nobody says so much at
# once: these are scripts without spaces, or noise.
_MOST_TERMS = 2000
_NUMBER_BITS = 63 - POSITION_BITS
_SURTITLE: ColumnElement[str] = literal_column("'surtitle'::regconfig")
"""PostgreSQL's name for how words are cut: migration 0005."""


@dataclass(frozen=True, slots=True)
class Content:
    """A revision of a transcript, ready to be found. `terms` are of each moment; `embedder` and `vectors`
    are None where nobody made any.
    """

    project_id: UUID
    transcript_id: UUID
    revision: int
    chunks: Sequence[Chunk]
    terms: Sequence[str]
    embedder: str | None = None
    vectors: bytes | None = None


class IndexRows:
    """Writes them into either kind of database."""

    def __init__(self, *, is_sqlite: bool) -> None:
        self._is_sqlite = is_sqlite

    async def write(self, session: AsyncSession, content: Content) -> None:
        """In the caller's transaction. Raises `IntegrityError` when the transcript is gone."""
        number = secrets.randbits(_NUMBER_BITS)
        if not self._is_sqlite:
            await share_vectors(session)
        # Before its moments: it holds the row, so that two who index the same do it one after the other.
        await self._write_document(session, content, number)
        old = delete(SearchChunk).where(SearchChunk.transcript_id == content.transcript_id)
        await session.execute(old)
        if not content.chunks:
            return
        await session.execute(self._inserting(), _rows(content, number))
        if not self._is_sqlite and content.embedder is not None and content.vectors:
            vectors = unpacked(content.vectors, len(content.chunks))
            await write_vectors(session, content.project_id, number, content.embedder, vectors)

    async def _write_document(self, session: AsyncSession, content: Content, number: int) -> None:
        values = {
            "project_id": content.project_id,
            "number": number,
            "revision": content.revision,
            "method": METHOD,
            "chunks": len(content.chunks),
            "embedder": content.embedder,
            "vectors": content.vectors,
            "indexed_at": utc_now(),
        }
        upsert = sqlite.insert if self._is_sqlite else postgresql.insert
        await session.execute(
            upsert(IndexedTranscript)
            .values(transcript_id=content.transcript_id, **values)
            .on_conflict_do_update(index_elements=["transcript_id"], set_=values)
        )

    def _inserting(self) -> Insert:
        if self._is_sqlite:
            return insert(SearchChunk)
        terms = func.to_tsvector(_SURTITLE, bindparam("terms", type_=Text()))
        return insert(SearchChunk).values(terms=terms)


def terms_of_chunks(project_id: UUID, chunks: Sequence[Chunk]) -> list[str]:
    """What stands in the full-text index for each moment: whose it is, who speaks, and its words."""
    project = project_term(project_id)
    return [
        " ".join([project, *map(speaker_term, chunk.speakers), *terms_of(chunk.text)[:_MOST_TERMS]])
        for chunk in chunks
    ]


def _rows(content: Content, number: int) -> list[dict[str, object]]:
    return [
        {
            "id": number << POSITION_BITS | chunk.position,
            "transcript_id": content.transcript_id,
            "project_id": content.project_id,
            "position": chunk.position,
            "start_seconds": chunk.start_seconds,
            "end_seconds": chunk.end_seconds,
            "speaker": chunk.speaker and chunk.speaker[:200],
            "speakers": list(chunk.speakers),
            "language": chunk.language,
            "text": chunk.text,
            "words": len(chunk.text.split()),
            "terms": terms,
        }
        for chunk, terms in zip(content.chunks, content.terms, strict=True)
    ]
