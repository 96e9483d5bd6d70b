"""The tables. Times are UTC; `*_epoch` columns are seconds by the database's own clock."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from surtitle.clock import utc_now
from surtitle.ids import new_id

PERSONAL_PROJECT = UUID("01900000-0000-7000-8000-000000000001")
"""The project of a personal installation: everything belongs to it, and no account is asked for."""


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in UTC, also from SQLite, which forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    # Named constraints can be dropped by a later migration on every database.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it as a plain dict
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        UUID: Uuid(),
    }


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


class Job(Base):
    """A piece of work and the queue that it waits in. See docs/decisions/0001-job-table.md."""

    __tablename__ = "jobs"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID]
    created_by: Mapped[UUID | None]
    surface: Mapped[str] = mapped_column(String(32))
    label: Mapped[str | None] = mapped_column(String(120))
    """What the caller filed it under, where that means nothing else."""
    recipe: Mapped[str] = mapped_column(String(64))
    parent_id: Mapped[UUID | None]
    """The job that this one does a `part` of, counted from 0; such a job is nobody's but its parent's."""
    part: Mapped[int | None] = mapped_column(Integer)
    media_id: Mapped[UUID | None] = mapped_column(ForeignKey("media.id"))
    transcript_id: Mapped[UUID | None]
    """What the job made or, with `transcript_revision`, what it takes its text from."""
    transcript_revision: Mapped[int | None]
    options: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16))
    queue: Mapped[str] = mapped_column(String(64), default="cpu")
    engine: Mapped[str] = mapped_column(String(128), default="", server_default="")
    """The engine that must be installed where it runs; empty: any worker can do it."""
    memory_bytes: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """What a worker must have for it, at the least."""
    due_epoch: Mapped[float] = mapped_column(default=0.0, server_default="0")
    """Its place among the jobs of its project, the smallest first; see `jobs.turns.due_epoch`."""
    priority: Mapped[int] = mapped_column(Integer, default=0)
    attempt: Mapped[int] = mapped_column(Integer, default=0)
    lost_leases: Mapped[int] = mapped_column(Integer, default=0)
    fence: Mapped[int] = mapped_column(Integer, default=0)
    run_at_epoch: Mapped[float] = mapped_column(default=0.0)
    lease_until_epoch: Mapped[float | None]
    claimed_epoch: Mapped[float | None]
    owner: Mapped[str | None] = mapped_column(String(128))
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    request_hash: Mapped[str | None] = mapped_column(String(64))
    """What was asked about which bytes, for a repeated request to find its job; see `jobs.awaited`."""
    abandoned_after_epoch: Mapped[float | None]
    """Cancelled if nobody has waited for it until then; None: it goes on whoever waits."""
    last_event: Mapped[int] = mapped_column(Integer, default=0)
    events_settled: Mapped[bool] = mapped_column(default=False)
    progress: Mapped[float] = mapped_column(default=0.0)
    warnings: Mapped[list[Any]] = mapped_column(default=list)
    error_kind: Mapped[str | None] = mapped_column(String(64))
    error_detail: Mapped[str | None] = mapped_column(Text)
    media_seconds: Mapped[float] = mapped_column(default=0.0)
    processing_seconds: Mapped[float] = mapped_column(default=0.0)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    queued_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_jobs_claim",
            "queue",
            "project_id",
            "engine",
            "memory_bytes",
            "due_epoch",
            "id",
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
        Index(
            "ix_jobs_lease",
            "lease_until_epoch",
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
        Index(None, "project_id", "id"),
        Index(None, "project_id", "state", "id"),
        Index(None, "project_id", "recipe", "id"),
        Index(None, "media_id"),
        Index(None, "transcript_id"),
        Index(None, "created_by"),
        Index(
            "ix_jobs_parts",
            "parent_id",
            "part",
            unique=True,
            sqlite_where=text("parent_id IS NOT NULL"),
            postgresql_where=text("parent_id IS NOT NULL"),
        ),
        Index(None, "project_id", "request_hash"),
        Index(
            "ix_jobs_abandoned",
            "abandoned_after_epoch",
            sqlite_where=text("finished_at IS NULL AND abandoned_after_epoch IS NOT NULL"),
            postgresql_where=text("finished_at IS NULL AND abandoned_after_epoch IS NOT NULL"),
        ),
        Index(
            "ix_jobs_unsettled",
            "finished_at",
            sqlite_where=text("events_settled = 0"),
            postgresql_where=text("NOT events_settled"),
        ),
    )


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


class JobStep(Base):
    """One step of a job. `cursor` is where its work can go on; it is written with the fence."""

    __tablename__ = "steps"

    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    cursor: Mapped[dict[str, Any] | None]
    error: Mapped[str | None] = mapped_column(Text)
    seconds: Mapped[float] = mapped_column(default=0.0)


class Artifact(Base):
    """A file that a job made. `kind` is `result` (for people), `work` (for a resumed job) or `part` (for
    other workers, which do a part of it).
    """

    __tablename__ = "artifacts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(16))
    object_key: Mapped[str] = mapped_column(String(512))
    media_type: Mapped[str] = mapped_column(String(127))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    __table_args__ = (UniqueConstraint("job_id", "name"),)


class JobEvent(Base):
    """Something that a listener of a job hears, numbered from 1 within the job."""

    __tablename__ = "job_events"

    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    type: Mapped[str] = mapped_column(String(16))
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Worker(Base):
    """A worker process that has lately been alive."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(128), primary_key=True)
    host: Mapped[str] = mapped_column(String(255))
    pid: Mapped[int]
    queues: Mapped[list[Any]]
    slots: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    engines: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    memory_bytes: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """What one of its jobs may use."""
    gpus: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """The GPUs that its jobs compute on now."""
    jobs: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """The ids of the jobs that it runs."""
    started_at: Mapped[datetime] = mapped_column(default=utc_now)
    seen_epoch: Mapped[float]
    seen_at: Mapped[datetime] = mapped_column(default=utc_now)


class Queue(Base):
    """A queue that was ever paused; `paused_at` while it is."""

    __tablename__ = "queues"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    paused_at: Mapped[datetime | None]


class Turn(Base):
    """How much a project was served from a queue, so that projects take fair turns; see docs/decisions/0013.

    Both are seconds of recordings on a scale of the queue's own: where its last job began, and ended.
    """

    __tablename__ = "turns"

    queue: Mapped[str] = mapped_column(String(64), primary_key=True)
    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    begin_seconds: Mapped[float]
    end_seconds: Mapped[float]

    __table_args__ = (Index(None, "queue", "begin_seconds"),)


class ScheduleRun(Base):
    """One run of a scheduled task; its `slot` (the moment that it was due) makes it run once.

    A run whose lease ended before it did is taken over.
    """

    __tablename__ = "schedules"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    slot: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[str] = mapped_column(String(128))
    lease_until_epoch: Mapped[float]
    started_at: Mapped[datetime] = mapped_column(default=utc_now)
    finished_at: Mapped[datetime | None]


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
