"""Writing down what is counted: in the transaction in which it happens, and what was missed, later."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.engine import Database
from surtitle.db.job_models import Job
from surtitle.db.kpi_models import KpiEvent
from surtitle.domain.jobs import FINISHED, JobState
from surtitle.ids import first_id_at
from surtitle.jobs.filters import WHOLE
from surtitle.jobs.milestones import JobMilestone, Milestone
from surtitle.usage.periods import Period

_BATCH = 500
_HOUR_SECONDS = 3600.0
_KINDS: Mapping[JobMilestone, str] = {
    JobMilestone.JOB_CREATED: JobState.CREATED,
    JobMilestone.JOB_SUCCEEDED: JobState.SUCCEEDED,
    JobMilestone.JOB_FAILED: JobState.FAILED,
    JobMilestone.JOB_CANCELLED: JobState.CANCELLED,
}
_OF_JOB = select(
    Job.id, Job.project_id, Job.created_by, Job.recipe, Job.state, Job.created_at, Job.queued_at,
    Job.started_at, Job.finished_at, Job.processing_seconds, Job.media_seconds,
)  # fmt: skip


async def note_milestone(session: AsyncSession, milestone: Milestone) -> None:
    """An `OnMilestone`: the event is committed with the change that it tells of, or not at all."""
    job = (await session.execute(_OF_JOB.where(Job.id == milestone.job_id))).one()
    await _write(session, [_event(job, _KINDS[milestone.kind], milestone.at)])


async def collect_missed(database: Database, period: Period) -> int:
    """Write the events of jobs that began or ended in `period` while nobody noted them (an earlier version
    did the work, or the jobs were brought here from elsewhere); how many.
    """
    collected = 0
    for query, at_end in ((_unnoted_beginnings(period), False), (_unnoted_ends(period), True)):
        while True:
            async with database.reading() as session:
                jobs = (await session.execute(query.limit(_BATCH))).all()
            if jobs:
                async with database.writing() as session:
                    await _write(session, [_missed(job, at_end=at_end) for job in jobs])
            collected += len(jobs)
            if len(jobs) < _BATCH:
                break
    return collected


async def forget_before(database: Database, moment: datetime) -> None:
    """Delete the events that are older."""
    async with database.writing() as session:
        await session.execute(delete(KpiEvent).where(KpiEvent.happened_at < moment))


def _unnoted_beginnings(period: Period) -> Select[*tuple[Any, ...]]:
    # Ids are in the order of their making, and `created_at` alone has no index.
    made = and_(
        Job.id >= first_id_at(period.start, -_HOUR_SECONDS),
        Job.id < first_id_at(period.end, _HOUR_SECONDS),
        Job.created_at >= period.start,
        Job.created_at < period.end,
    )
    return _OF_JOB.where(WHOLE, made, ~_noted(KpiEvent.kind == JobState.CREATED))


def _unnoted_ends(period: Period) -> Select[*tuple[Any, ...]]:
    ended = and_(Job.state.in_(FINISHED), Job.finished_at >= period.start, Job.finished_at < period.end)
    return _OF_JOB.where(WHOLE, ended, ~_noted(KpiEvent.kind == Job.state))


def _noted(which: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(KpiEvent.job_id).where(KpiEvent.job_id == Job.id, which).exists()


def _missed(job: Row[*tuple[Any, ...]], *, at_end: bool) -> dict[str, Any]:
    if at_end:
        return _event(job, job.state, job.finished_at)
    return _event(job, JobState.CREATED, job.created_at)


def _event(job: Row[*tuple[Any, ...]], kind: str, happened_at: datetime) -> dict[str, Any]:
    ended = kind != JobState.CREATED
    return {
        "job_id": job.id,
        "kind": kind,
        "project_id": job.project_id,
        "user_id": job.created_by,
        "recipe": job.recipe,
        "happened_at": happened_at,
        "wait_ms": _wait_ms(job) if ended else None,
        "processing_ms": round(job.processing_seconds * 1000) if ended else None,
        "media_ms": round(job.media_seconds * 1000),
    }


def _wait_ms(job: Row[*tuple[Any, ...]]) -> int | None:
    """None for a job that no worker has begun, and for one that was queued again after it had begun."""
    if job.started_at is None or job.queued_at is None or job.started_at < job.queued_at:
        return None
    waited: timedelta = job.started_at - job.queued_at
    return waited // timedelta(milliseconds=1)


async def _write(session: AsyncSession, events: list[dict[str, Any]]) -> None:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    # A job that is run again after it ended ends again; it counts where it ended first.
    await session.execute(insert(KpiEvent).on_conflict_do_nothing(), events)
