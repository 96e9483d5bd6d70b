"""Sums over the job table, for operators: how much waits, how much was done, what went wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select

from surtitle.db.engine import Database
from surtitle.db.job_models import Job, JobStep, Worker
from surtitle.db.time import epoch_now
from surtitle.domain.jobs import JobState
from surtitle.jobs.filters import WHOLE
from surtitle.jobs.repository import JobRepository


@dataclass(frozen=True, slots=True)
class JobTotals:
    """One project's jobs in figures. Times are seconds; means and factors are None without a job.

    `real_time_factor` is processing time over the length of the recordings, of succeeded jobs.
    """

    by_state: dict[str, int]
    by_recipe: dict[str, int]
    errors_by_kind: dict[str, int]
    mean_processing_seconds: float | None
    max_processing_seconds: float | None
    total_media_seconds: float
    real_time_factor: float | None


class JobFigures:
    """Reads sums; changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def finished_after(
        self, finished_at: datetime, job_id: UUID, limit: int
    ) -> Sequence[tuple[Job, Sequence[JobStep]]]:
        """Jobs of all projects that ended after this one, oldest first, with their steps."""
        async with self._database.reading() as session:
            return await JobRepository(session).finished_after(finished_at, job_id, limit)

    async def workers_alive(self, within_seconds: float) -> int:
        """How many workers have shown themselves lately. Also tells whether the database answers."""
        async with self._database.reading() as session:
            seen = Worker.seen_epoch > epoch_now() - within_seconds
            return await session.scalar(select(func.count()).select_from(Worker).where(seen)) or 0

    async def totals(self, project_id: UUID) -> JobTotals:
        """Everything about one project's jobs, since the first."""
        ours = and_(Job.project_id == project_id, WHOLE)
        async with self._database.reading() as session:

            async def counted(column: ColumnElement[str], *conditions: ColumnElement[bool]) -> dict[str, int]:
                query = select(column, func.count()).where(ours, *conditions).group_by(column)
                rows = await session.execute(query.order_by(column))
                return {name: count for name, count in rows}  # noqa: C416  a Row is no pair to the type checker

            done = (ours, Job.state == JobState.SUCCEEDED)
            mean, longest, worked, heard = (
                await session.execute(
                    select(
                        func.avg(Job.processing_seconds),
                        func.max(Job.processing_seconds),
                        func.sum(Job.processing_seconds),
                        func.sum(Job.media_seconds),
                    ).where(*done)
                )
            ).one()
            states = await counted(Job.__table__.c.state)
            return JobTotals(
                by_state={state.value: states.get(state, 0) for state in JobState},
                by_recipe=await counted(Job.__table__.c.recipe, Job.state != JobState.CREATED),
                errors_by_kind=await counted(
                    Job.__table__.c.error_kind, Job.state == JobState.FAILED, Job.error_kind.is_not(None)
                ),
                mean_processing_seconds=mean,
                max_processing_seconds=longest,
                total_media_seconds=heard or 0.0,
                real_time_factor=worked / heard if heard else None,
            )
