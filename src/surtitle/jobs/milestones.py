"""The moments of a job that are told to the outside: that it was accepted, and how it ended.

Whoever tells of them (mails, channels, webhooks) writes what it will send in the transaction that makes the
change. So nothing is told of a change that was undone, and no change goes untold when a process dies.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.db.job_models import Job
from surtitle.domain.jobs import JobState


class JobMilestone(StrEnum):
    """What can be told of a job. The names are part of the webhooks' contract."""

    JOB_CREATED = "job.created"
    JOB_SUCCEEDED = "job.succeeded"
    JOB_FAILED = "job.failed"
    JOB_CANCELLED = "job.cancelled"


_ENDINGS = {
    JobState.SUCCEEDED: JobMilestone.JOB_SUCCEEDED,
    JobState.FAILED: JobMilestone.JOB_FAILED,
    JobState.CANCELLED: JobMilestone.JOB_CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Milestone:
    """One moment of one job. `error_kind` is a stable name, never what an engine said."""

    job_id: UUID
    project_id: UUID
    kind: JobMilestone
    recipe: str
    at: datetime
    owner_id: UUID | None
    """Who asked for the job; None where that was a key, or somebody whose name is erased."""
    surface: str = "native"
    error_kind: str | None = None


OnMilestone = Callable[[AsyncSession, Milestone], Awaitable[None]]
"""Called inside the transaction that makes the change. It only adds rows: it waits for nothing outside the
database, and an error of it undoes the change.
"""


class Milestones:
    """Tells its listeners of the jobs that people see; the parts of a job are no news to anybody."""

    def __init__(self, listeners: Sequence[OnMilestone] = ()) -> None:
        self._listeners = tuple(listeners)

    async def created(self, session: AsyncSession, job_id: UUID) -> None:
        await self._reached(session, job_id, JobMilestone.JOB_CREATED)

    async def ended(self, session: AsyncSession, job_id: UUID, state: JobState) -> None:
        """In the transaction that ended the job, after its row has changed."""
        await self._reached(session, job_id, _ENDINGS[state])

    async def _reached(self, session: AsyncSession, job_id: UUID, kind: JobMilestone) -> None:
        if not self._listeners:
            return
        columns = (Job.project_id, Job.recipe, Job.created_by, Job.surface, Job.error_kind)
        job = (
            await session.execute(select(*columns).where(Job.id == job_id, Job.parent_id.is_(None)))
        ).one_or_none()
        if job is None:
            return
        milestone = Milestone(
            job_id=job_id,
            project_id=job.project_id,
            kind=kind,
            recipe=job.recipe,
            at=utc_now(),
            owner_id=job.created_by,
            surface=job.surface,
            # A job that failed, was tried again and succeeded may still name its earlier fault.
            error_kind=job.error_kind if kind is JobMilestone.JOB_FAILED else None,
        )
        for listener in self._listeners:
            await listener(session, milestone)
