"""How many jobs of a project may run at a time: the others wait for their turn."""

from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from surtitle.db.account_models import Project
from surtitle.db.models import Job
from surtitle.domain.jobs import JobState


def not_at_limit() -> ColumnElement[bool]:
    """Whether the job's project runs fewer jobs than it may.

    Looks at what runs, which is as little as there are workers, and once for the whole statement: many jobs
    that must wait make no claim slow.
    """
    running = aliased(Job)
    at_limit = (
        select(Project.id)
        .join(running, running.project_id == Project.id)
        # A job that runs has a lease; said so, its small index is used and not one of all jobs.
        .where(running.state == JobState.RUNNING, running.lease_until_epoch.is_not(None))
        .group_by(Project.id, Project.parallel_jobs)
        .having(func.count() >= Project.parallel_jobs)
    )
    return Job.project_id.not_in(at_limit)


async def above_limit(session: AsyncSession, job_id: UUID) -> bool:
    """Whether this job, just claimed, is one more than its project may run. For PostgreSQL: there two claims
    can be under way at once, and neither sees the other. The project's row makes the second one wait here.
    """
    project = (
        await session.execute(
            select(Project.id, Project.parallel_jobs)
            .join(Job, Job.project_id == Project.id)
            .where(Job.id == job_id, Project.parallel_jobs.is_not(None))
            .with_for_update(of=Project, key_share=True)
        )
    ).one_or_none()
    if project is None:
        return False
    running = await session.scalar(
        select(func.count()).where(Job.project_id == project.id, Job.state == JobState.RUNNING)
    )
    return bool(running and running > project.parallel_jobs)
