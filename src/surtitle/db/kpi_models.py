"""The tables of daily figures: what is counted, and what it came to. See docs/decisions/0031-kpis.md."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Date, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from surtitle.clock import utc_now
from surtitle.db.base import Base


class KpiEvent(Base):
    """A moment of a job, kept when the job is deleted: days that were counted stay what they were.

    `kind` is `created` or the state in which the job ended; each of them counts once for a job, however often
    it is run again. Quantities are whole milliseconds, so that every engine adds up the same sums.
    """

    __tablename__ = "kpi_events"

    job_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    project_id: Mapped[UUID]
    user_id: Mapped[UUID | None]
    """Who asked for the job; None: a key, the personal owner, or somebody erased."""
    recipe: Mapped[str] = mapped_column(String(64))
    happened_at: Mapped[datetime]
    wait_ms: Mapped[int | None] = mapped_column(BigInteger)
    """From the queue to a worker; None where nobody can tell, as for a job that was run again."""
    processing_ms: Mapped[int | None] = mapped_column(BigInteger)
    media_ms: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        Index(None, "happened_at"),
        Index(None, "project_id"),
        Index(None, "user_id"),
    )


class KpiDay(Base):
    """What a project did on one day of the time zone. Holds no person, only how many there were."""

    __tablename__ = "kpi_daily"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    time_zone: Mapped[str] = mapped_column(String(64))
    events: Mapped[int] = mapped_column(BigInteger)
    """How many rows it was computed from: where there are more by now, or fewer, it is computed again."""
    jobs_created: Mapped[int] = mapped_column(Integer)
    jobs_succeeded: Mapped[int] = mapped_column(Integer)
    jobs_failed: Mapped[int] = mapped_column(Integer)
    jobs_cancelled: Mapped[int] = mapped_column(Integer)
    success_rate: Mapped[float | None]
    duration_mean_seconds: Mapped[float | None]
    duration_median_seconds: Mapped[float | None]
    duration_p95_seconds: Mapped[float | None]
    wait_mean_seconds: Mapped[float | None]
    wait_median_seconds: Mapped[float | None]
    wait_p95_seconds: Mapped[float | None]
    real_time_factor: Mapped[float | None]
    minutes_in: Mapped[float]
    films_out: Mapped[int] = mapped_column(Integer)
    credits: Mapped[float]
    active_people: Mapped[int] = mapped_column(Integer)
    storage_bytes: Mapped[int] = mapped_column(BigInteger)
    computed_at: Mapped[datetime] = mapped_column(default=utc_now)

    __table_args__ = (Index(None, "project_id", "day"),)
