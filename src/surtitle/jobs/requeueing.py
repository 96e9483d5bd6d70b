"""Jobs that go back to the queue untried, because their worker stops or is gone."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.config import JobSettings
from surtitle.db.job_models import Job
from surtitle.db.time import epoch_now
from surtitle.domain.jobs import EventType, JobState
from surtitle.jobs.endings import end_cancelled
from surtitle.jobs.events import append_event
from surtitle.jobs.milestones import Milestones
from surtitle.jobs.part_endings import end_parts
from surtitle.jobs.turns import give_turns_back
from surtitle.usage.metering import release

FREE = {"owner": None, "lease_until_epoch": None}
"""What the row of a job says that no worker holds."""


def seconds_since_claim(until: ColumnElement[float] | None = None) -> ColumnElement[float]:
    """How long the worker that holds a job has had it, until now or until then."""
    end = epoch_now() if until is None else until
    passed = end - func.coalesce(Job.claimed_epoch, end)
    # A clock that was set back meanwhile takes nothing away.
    return case((passed > 0.0, passed), else_=0.0)


async def requeue(
    session: AsyncSession,
    which: ColumnElement[bool],
    milestones: Milestones,
    settings: JobSettings,
    *,
    lost: bool,
) -> Sequence[Job]:
    """Take these running jobs from their workers; those that were. A cancelled one ends, and so does one
    that was `lost` with too many workers.
    """
    max_lost_leases = settings.max_lost_leases
    poison = Job.lost_leases + 1 >= max_lost_leases if lost else None
    taken = await session.scalars(
        update(Job)
        .where(which)
        .values(
            state=_state_after(poison),
            attempt=Job.attempt - 1,
            lost_leases=Job.lost_leases + (1 if lost else 0),
            run_at_epoch=epoch_now(),
            processing_seconds=Job.processing_seconds + seconds_since_claim(_last_held()),
            **FREE,
        )
        .returning(Job)
        .execution_options(synchronize_session=False)
    )
    jobs = taken.all()
    states = {job.id: JobState(job.state) for job in jobs}
    for job in jobs:
        await _tell(session, job, states[job.id], milestones, max_lost_leases)
    await give_turns_back(session, [job for job in jobs if states[job.id] is JobState.QUEUED])
    return jobs


async def _tell(
    session: AsyncSession, job: Job, state: JobState, milestones: Milestones, max_lost_leases: int
) -> None:
    match state:
        case JobState.QUEUED:
            told = {"state": state, "reason": "worker gone"}
            await append_event(session, job.id, EventType.STATE, told)
        case JobState.CANCELLED:
            await end_cancelled(session, job.id, milestones)
        case _:
            await _end_poison(session, job.id, max_lost_leases)
            await milestones.ended(session, job.id, state)


async def _end_poison(session: AsyncSession, job_id: UUID, max_lost_leases: int) -> None:
    kind, detail = "poison", _why_poison(max_lost_leases)
    await append_event(session, job_id, EventType.ERROR, {"type": kind, "detail": detail})
    await session.execute(
        update(Job)
        .where(Job.id == job_id)
        .values(finished_at=utc_now(), error_kind=kind, error_detail=detail)
    )
    await release(session, job_id)
    await end_parts(session, job_id)


def _why_poison(max_lost_leases: int) -> str:
    return (
        f"{max_lost_leases} workers were lost while they ran this job, so it is not tried again. Look at the "
        "workers' logs (memory?) before you retry it."
    )


def _last_held() -> ColumnElement[float]:
    """Now, but no later than the lease ends: nobody knows that a lost worker was at work after that."""
    return case((Job.lease_until_epoch < epoch_now(), Job.lease_until_epoch), else_=epoch_now())


def _state_after(poison: ColumnElement[bool] | None) -> ColumnElement[str]:
    branches: list[tuple[ColumnElement[bool], JobState]] = [
        (Job.cancel_requested.is_(True), JobState.CANCELLED)
    ]
    if poison is not None:
        branches.append((poison, JobState.FAILED))
    return case(*branches, else_=JobState.QUEUED)
