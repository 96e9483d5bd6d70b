"""Reading jobs and their parts, always within one project."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.job_models import Artifact, Job, JobStep
from surtitle.jobs.filters import WHOLE, JobFilter


class JobRepository:
    """Queries over one session. Holds no rules: those live in the service and the queue."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, project_id: UUID, job_id: UUID, *, to_write: bool = False) -> Job | None:
        """The job; `to_write` keeps it from changing until the transaction ends."""
        query = select(Job).where(Job.id == job_id, Job.project_id == project_id, WHOLE)
        if to_write:
            query = query.with_for_update()
        return (await self._session.scalars(query)).one_or_none()

    async def page(
        self, project_id: UUID, wanted: JobFilter, before: UUID | None, limit: int
    ) -> Sequence[Job]:
        """The newest jobs first, those older than the id `before`."""
        query = select(Job).where(Job.project_id == project_id, WHOLE, *wanted.conditions())
        if before is not None:
            query = query.where(Job.id < before)
        return (await self._session.scalars(query.order_by(Job.id.desc()).limit(limit))).all()

    async def steps(self, job_id: UUID) -> Sequence[JobStep]:
        query = select(JobStep).where(JobStep.job_id == job_id).order_by(JobStep.position)
        return (await self._session.scalars(query)).all()

    async def results(self, job_id: UUID) -> Sequence[Artifact]:
        query = select(Artifact).where(Artifact.job_id == job_id, Artifact.kind == "result")
        return (await self._session.scalars(query.order_by(Artifact.name))).all()

    async def finished_after(
        self, finished_at: datetime, job_id: UUID, limit: int
    ) -> Sequence[tuple[Job, Sequence[JobStep]]]:
        """Jobs that ended after this one, oldest first, with their steps: for running figures."""
        later = and_(Job.finished_at == finished_at, Job.id > job_id)
        query = (
            select(Job)
            .where((Job.finished_at > finished_at) | later, WHOLE)
            .order_by(Job.finished_at, Job.id)
            .limit(limit)
        )
        jobs = (await self._session.scalars(query)).all()
        steps: dict[UUID, list[JobStep]] = {job.id: [] for job in jobs}
        for step in await self._session.scalars(select(JobStep).where(JobStep.job_id.in_(steps))):
            steps[step.job_id].append(step)
        return [(job, steps[job.id]) for job in jobs]
