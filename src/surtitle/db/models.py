"""The tables of recordings and transcripts, and what every table needs. Times are UTC."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from surtitle.clock import utc_now
from surtitle.db.base import Base
from surtitle.ids import new_id

PERSONAL_PROJECT = UUID("01900000-0000-7000-8000-000000000001")
"""The project of a personal installation: everything belongs to it, and no account is asked for."""


class Media(Base):
    """A recording as it was brought in. `probe` is `media.probe.Probe` as JSON."""

    __tablename__ = "media"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID]
    created_by: Mapped[UUID | None]
    """The user who brought it in; None: a key of the project, the personal owner, or somebody erased."""
    name: Mapped[str] = mapped_column(String(255))
    object_key: Mapped[str] = mapped_column(String(512))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    content_type: Mapped[str] = mapped_column(String(127))
    duration_seconds: Mapped[float]
    probe: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    __table_args__ = (
        Index(None, "project_id", "id"),
        Index(None, "project_id", "sha256"),
        Index(None, "created_by"),
    )


class Upload(Base):
    """A resumable upload that became media: the answer to a client that lost the answer."""

    __tablename__ = "uploads"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    project_id: Mapped[UUID]
    created_by: Mapped[UUID | None]
    media_id: Mapped[UUID | None] = mapped_column(ForeignKey("media.id", ondelete="SET NULL"))
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class DirectUpload(Base):
    """A recording whose parts its client sends straight to the object store; see docs/decisions/0012.

    It is open until `ended_at`: then it is the recording `media_id` or, with an `error`, nothing.
    """

    __tablename__ = "direct_uploads"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    project_id: Mapped[UUID]
    created_by: Mapped[UUID | None]
    media_id: Mapped[UUID]
    """The id that the recording is to have, known beforehand: its bytes are where they will stay."""
    multipart_id: Mapped[str] = mapped_column(Text)
    """What the store calls it."""
    name: Mapped[str] = mapped_column(String(255))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    part_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(String(64))
    """As the client announced it; None when it did not."""
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    completing_until: Mapped[datetime | None]
    """A request that completes it renews this, and no other begins before then."""
    ended_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "project_id"), Index(None, "created_by"))


class StoredTranscript(Base):
    """A document that people edit; `head` is its newest revision.

    It outlives its job and its recording once a person has edited it; see docs/decisions/0007.
    """

    __tablename__ = "transcripts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID]
    created_by: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(String(255))
    media_id: Mapped[UUID | None] = mapped_column(ForeignKey("media.id", ondelete="SET NULL"))
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"))
    language: Mapped[str | None] = mapped_column(String(16))
    duration_seconds: Mapped[float]
    head: Mapped[int] = mapped_column(Integer, default=1)
    scrubbings: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """How often names were taken out of all its revisions: what was read before is not what they say now."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)

    __table_args__ = (
        UniqueConstraint("job_id"),
        Index(None, "project_id", "id"),
        Index(None, "media_id"),
        Index(None, "created_by"),
    )


class Revision(Base):
    """One state of a transcript, numbered from 1.

    `changes` leads from the state before to this one (`transcripts.changes.Changes` as JSON). `content` is
    the revision whose text this one has: itself, unless it undoes or redoes; `parent` is the content that
    an edit was made on, `tip` the edit to which redoing leads. `object_key` holds the whole document
    in the first revision, and in some others so that few changes need be gone through.
    """

    __tablename__ = "revisions"

    transcript_id: Mapped[UUID] = mapped_column(
        ForeignKey("transcripts.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    author: Mapped[str] = mapped_column(String(128))
    content: Mapped[int] = mapped_column(Integer)
    parent: Mapped[int | None] = mapped_column(Integer)
    tip: Mapped[int] = mapped_column(Integer)
    operations: Mapped[list[Any]] = mapped_column(default=list)
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict, deferred=True)
    object_key: Mapped[str | None] = mapped_column(String(512))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class GlossaryTerm(Base):
    """A name or term that a project's recordings hold; `position` is its place in the list, from 0."""

    __tablename__ = "glossary"

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    term: Mapped[str] = mapped_column(String(100), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class IdempotencyKey(Base):
    """What a request with an `Idempotency-Key` made, so that its repeat gets the same answer."""

    __tablename__ = "idempotency_keys"

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    object_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Discarded(Base):
    """An object in the store that nothing refers to any more and that is still to be deleted.

    Written in the transaction that drops the last reference, so a crash between the commit and the
    deletion leaves work for the sweeper instead of an orphan.
    """

    __tablename__ = "discarded"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    object_key: Mapped[str] = mapped_column(String(512))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
