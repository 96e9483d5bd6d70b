"""The tables of search: moments of transcripts, their vectors, and tags. Made again from the transcripts
wherever they are lost: see docs/decisions on search.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Double, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from surtitle.clock import utc_now
from surtitle.db.base import Base

POSITION_BITS = 15
"""A moment's id is its document's `number` shifted by these, and its position."""

SEARCH_TERMS = "search_terms"
"""SQLite's full-text index over `search_chunks.terms`. It is made of tables that are no models."""

SEARCH_CHUNK_TERMS = "ix_search_chunks_terms"
"""PostgreSQL's, over the same."""

SEARCH_VECTORS = "search_vectors"
"""A copy of all vectors for pgvector, made where `search.vectors` says so; its type is an extension's."""


class IndexedTranscript(Base):
    """What the index holds of a transcript: its moments as of `revision`, cut by `method`.

    `number` is drawn anew each time that it is indexed, so that whoever keeps vectors in memory sees which
    are old. `vectors` are float16, little-endian, one row of unit length a moment, in order;
    only those of the same `embedder` can be compared. Both are None while nobody made any.
    """

    __tablename__ = "search_documents"

    transcript_id: Mapped[UUID] = mapped_column(
        ForeignKey("transcripts.id", ondelete="CASCADE"), primary_key=True
    )
    project_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(BigInteger, unique=True)
    revision: Mapped[int] = mapped_column(Integer)
    method: Mapped[int] = mapped_column(Integer)
    chunks: Mapped[int] = mapped_column(Integer)
    embedder: Mapped[str | None] = mapped_column(String(200))
    vectors: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    indexed_at: Mapped[datetime] = mapped_column(default=utc_now)

    __table_args__ = (Index(None, "project_id", "number"),)


class UnindexedTranscript(Base):
    """A transcript that could not be indexed, or not by its meaning, and is left alone until `retry_at`.

    It holds for this `revision`, cut by this `method`: an edit or a newer Surtitle tries at once.
    """

    __tablename__ = "search_failures"

    transcript_id: Mapped[UUID] = mapped_column(
        ForeignKey("transcripts.id", ondelete="CASCADE"), primary_key=True
    )
    revision: Mapped[int] = mapped_column(Integer)
    method: Mapped[int] = mapped_column(Integer)
    failures: Mapped[int] = mapped_column(Integer)
    retry_at: Mapped[datetime]


class SearchChunk(Base):
    """A moment. `speaker` says most of it, `speakers` are all who are heard. `terms` are its words as the
    full-text index takes them; see `pipelines.search.terms`.
    """

    __tablename__ = "search_chunks"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    transcript_id: Mapped[UUID] = mapped_column(
        ForeignKey("search_documents.transcript_id", ondelete="CASCADE")
    )
    project_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(Integer)
    start_seconds: Mapped[float] = mapped_column(Double)
    end_seconds: Mapped[float] = mapped_column(Double)
    speaker: Mapped[str | None] = mapped_column(String(200))
    speakers: Mapped[list[Any]]
    language: Mapped[str | None] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    words: Mapped[int] = mapped_column(Integer)
    terms: Mapped[str] = mapped_column(Text().with_variant(TSVECTOR(), "postgresql"), deferred=True)

    __table_args__ = (
        Index(None, "transcript_id", "position"),
        Index(SEARCH_CHUNK_TERMS, "terms", postgresql_using="gin").ddl_if(dialect="postgresql"),
    )


class TranscriptTag(Base):
    """A word that people filed a transcript under, in lower case."""

    __tablename__ = "transcript_tags"

    transcript_id: Mapped[UUID] = mapped_column(
        ForeignKey("transcripts.id", ondelete="CASCADE"), primary_key=True
    )
    tag: Mapped[str] = mapped_column(String(60), primary_key=True)
    project_id: Mapped[UUID]

    __table_args__ = (Index(None, "project_id", "tag"),)
