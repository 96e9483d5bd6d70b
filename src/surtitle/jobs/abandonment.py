"""Jobs that a caller waits for on an open connection, and their end when nobody waits any more.

Such a job carries the moment after which it counts as abandoned. Whoever waits moves it on. It is
written in the job's row, so that it holds when the server dies with all its connections.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.engine import Database
from surtitle.db.job_models import Job
from surtitle.db.time import epoch_now
from surtitle.domain.jobs import JobState
from surtitle.jobs.endings import end_cancelled
from surtitle.jobs.milestones import Milestones

_ABANDONED = (
    Job.finished_at.is_(None),
    # Said so for its small index: PostgreSQL looks for no value in one that changes within a statement.
    Job.abandoned_after_epoch.is_not(None),
    Job.abandoned_after_epoch < epoch_now(),
    Job.cancel_requested.is_(False),
)


async def wait_on(session: AsyncSession, job_id: UUID, patience_seconds: float) -> None:
    """Somebody waits for the job now: it is abandoned so long from now at the earliest."""
    await session.execute(
        update(Job)
        .where(Job.id == job_id, Job.finished_at.is_(None), Job.abandoned_after_epoch.is_not(None))
        .values(abandoned_after_epoch=epoch_now() + patience_seconds)
    )


async def keep(session: AsyncSession, job_id: UUID) -> None:
    """The job is to go on whoever waits."""
    await session.execute(update(Job).where(Job.id == job_id).values(abandoned_after_epoch=None))


async def cancel_abandoned(database: Database, milestones: Milestones) -> Sequence[UUID]:
    """Cancel what is abandoned: at once while it waits for a worker, by asking while one runs it."""
    async with database.reading() as session:
        # Asked every second by every worker: no lock is taken unless there is something to do.
        if await session.scalar(select(Job.id).where(*_ABANDONED).limit(1)) is None:
            return []
    async with database.writing() as session:
        rows = (
            await session.execute(
                update(Job).where(*_ABANDONED).values(cancel_requested=True).returning(Job.id, Job.state)
            )
        ).all()
        for job_id, state in rows:
            if state != JobState.RUNNING:
                await end_cancelled(session, job_id, milestones)
    return [job_id for job_id, _state in rows]
