"""Taking a job: one UPDATE, in which a worker gets its fence and its lease."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Select, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.db.job_models import Job
from surtitle.db.time import epoch_now
from surtitle.domain.jobs import JobState
from surtitle.jobs.lanes import Lane, in_lane
from surtitle.jobs.offer import Offer
from surtitle.jobs.owner import Owner
from surtitle.jobs.turns import above_limit, not_at_limit, take_turn
from surtitle.observability.lineage import Lineage

NO_WORKER = "no-worker"
"""The reason in the warning of a job that no living worker can do; it goes when one begins it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose job it is and what it came from, for the lines and spans of its run."""

    project_id: str | None = None
    recipe: str = ""
    request_id: str | None = None
    traceparent: str | None = None

    @property
    def lineage(self) -> Lineage:
        return Lineage(self.request_id, self.traceparent)


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that this worker holds. `attempt` counts from 1; `engine` is what it needs, if any."""

    job_id: UUID
    fence: int
    attempt: int
    engine: str = ""
    origin: Origin = field(default=Origin(), compare=False)
    queue: str = field(default="", compare=False)
    waited_seconds: float = field(default=0.0, compare=False)
    """From the moment that it was due until it was taken, by the database's clock."""


class NotItsTurn(Exception):
    """Another worker took the last place of the project in the same moment."""


async def claim_from(session: AsyncSession, lane: Lane, owner: Owner, lease_seconds: float) -> Claim | None:
    """The lane's first job, now ours. Raises `NotItsTurn`; the caller then undoes the transaction."""
    first = (
        select(Job.id)
        .where(
            in_lane(Job, lane.queue, lane.project_id, lane.engine, lane.memory_bytes),
            Job.run_at_epoch <= epoch_now(),
        )
        .order_by(Job.due_epoch, Job.id)
    )
    return await _take(session, first, owner, lease_seconds)


async def claim_one_of(
    session: AsyncSession, only: Sequence[UUID], offer: Offer, owner: Owner, lease_seconds: float
) -> Claim | None:
    """The first of these jobs, whatever queue it is in: a command runs the jobs that it made itself.

    It too needs the engine, and so does not compute on a GPU that another computes on.
    """
    can = true() if offer.engines is None else or_(Job.engine == "", Job.engine.in_(sorted(offer.engines)))
    first = (
        select(Job.id)
        .where(
            Job.id.in_(only),
            Job.state == JobState.QUEUED,
            Job.run_at_epoch <= epoch_now(),
            not_at_limit(Job.project_id),
            can,
        )
        .order_by(Job.due_epoch, Job.id)
    )
    return await _take(session, first, owner, lease_seconds)


async def _take(
    session: AsyncSession, first: Select[UUID], owner: Owner, lease_seconds: float
) -> Claim | None:
    job = await _mark_running(session, first, owner, lease_seconds)
    if job is None:
        return None
    if await above_limit(session, job.id):
        raise NotItsTurn
    if job.parent_id is None:
        # A part was paid for with its whole.
        await take_turn(session, job)
    return _claim(job)


async def _mark_running(
    session: AsyncSession, first: Select[UUID], owner: Owner, lease_seconds: float
) -> Job | None:
    chosen = first.limit(1).with_for_update(skip_locked=True).scalar_subquery()
    rows = await session.scalars(
        update(Job)
        .where(Job.id == chosen, Job.state == JobState.QUEUED)
        .values(
            state=JobState.RUNNING,
            owner=str(owner),
            fence=Job.fence + 1,
            attempt=Job.attempt + 1,
            lease_until_epoch=epoch_now() + lease_seconds,
            claimed_epoch=epoch_now(),
            started_at=func.coalesce(Job.started_at, utc_now()),
        )
        .returning(Job)
        .execution_options(synchronize_session=False)
    )
    job = rows.one_or_none()
    if job is not None and any(warning.get("reason") == NO_WORKER for warning in job.warnings):
        job.warnings = [warning for warning in job.warnings if warning.get("reason") != NO_WORKER]
    return job


def _claim(job: Job) -> Claim:
    origin = Origin(str(job.project_id), job.recipe, job.request_id, job.traceparent)
    waited = (job.claimed_epoch or 0.0) - job.run_at_epoch
    return Claim(job.id, job.fence, job.attempt, job.engine, origin, job.queue, waited)
