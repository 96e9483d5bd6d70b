"""Jobs that go back to the queue untried, because their worker stops or is gone."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.config import JobSettings
from surtitle.db.job_models import Job
from surtitle.db.time import epoch_now
from surtitle.domain.jobs import EventType, JobState
from surtitle.jobs.events import append_event
from surtitle.jobs.milestones import Milestones
from surtitle.jobs.turns import give_turns_back
from surtitle.usage.metering import release

FREE = {"owner": None, "lease_until_epoch": None}
"""What the row of a job says that no worker holds."""


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
            **FREE,
        )
        .returning(Job)
        .execution_options(synchronize_session=False)
    )
    jobs = taken.all()
    states = {job.id: JobState(job.state) for job in jobs}
    for job in jobs:
        await _tell(session, job, states[job.id], max_lost_leases)
        if states[job.id].finished:
            await milestones.ended(session, job.id, states[job.id])
    await give_turns_back(session, [job for job in jobs if states[job.id] is JobState.QUEUED])
    return jobs


async def _tell(session: AsyncSession, job: Job, state: JobState, max_lost_leases: int) -> None:
    if state is JobState.QUEUED:
        await append_event(session, job.id, EventType.STATE, {"state": state, "reason": "worker gone"})
        return
    values: dict[str, Any] = {"finished_at": utc_now()}
    if state is JobState.FAILED:
        kind, detail = "poison", _why_poison(max_lost_leases)
        values |= {"error_kind": kind, "error_detail": detail}
        await append_event(session, job.id, EventType.ERROR, {"type": kind, "detail": detail})
    else:
        await append_event(session, job.id, EventType.STATE, {"state": state})
    await session.execute(update(Job).where(Job.id == job.id).values(**values))
    await release(session, job.id)


def _why_poison(max_lost_leases: int) -> str:
    return (
        f"{max_lost_leases} workers were lost while they ran this job, so it is not tried again. Look at the "
        "workers' logs (memory?) before you retry it."
    )


def _state_after(poison: ColumnElement[bool] | None) -> ColumnElement[str]:
    branches: list[tuple[ColumnElement[bool], JobState]] = [
        (Job.cancel_requested.is_(True), JobState.CANCELLED)
    ]
    if poison is not None:
        branches.append((poison, JobState.FAILED))
    return case(*branches, else_=JobState.QUEUED)
