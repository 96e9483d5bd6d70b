"""The tables of work: jobs, their steps, files and events, the workers and what they agree on.

Times are UTC; `*_epoch` columns are seconds by the database's own clock.
"""

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
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from surtitle.clock import utc_now
from surtitle.db.base import Base
from surtitle.ids import new_id


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
    request_id: Mapped[str | None] = mapped_column(String(64))
    """The request that last asked for it to be done, for the log."""
    traceparent: Mapped[str | None] = mapped_column(String(64))
    """Where its spans go on from; W3C's Trace Context."""
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
        Index(None, "finished_at", "id"),
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

    __table_args__ = (
        UniqueConstraint("job_id", "name"),
        # What speakers sound like is looked for every minute, to be forgotten.
        Index(
            "ix_artifacts_voices",
            "job_id",
            sqlite_where=text("name = 'voices.json'"),
            postgresql_where=text("name = 'voices.json'"),
        ),
    )


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
