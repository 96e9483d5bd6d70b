"""What is under way in all projects, for those who run the installation, and what they do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select

from surtitle.clock import utc_now
from surtitle.db.account_models import Project
from surtitle.db.engine import Database
from surtitle.db.job_models import Job
from surtitle.db.time import epoch_now
from surtitle.domain.jobs import JobState
from surtitle.jobs.errors import JobNotFound, JobStateConflict
from surtitle.jobs.filters import WHOLE, JobFilter
from surtitle.jobs.names import names_of
from surtitle.jobs.queue import JobQueue
from surtitle.jobs.states import in_state
from surtitle.paging import Page, decode_cursor, encode_cursor

_LATELY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SeenJob:
    """A job of any project, with what people know it and its project by. `name` is None where it has none.

    `due_seconds` is for how long it could have begun; below 0 it rests before it is tried again.
    `lease_seconds` is what is left of its worker's lease, `worked_seconds` how long that worker is at it;
    both None for a job that no worker holds.
    """

    job: Job
    name: str | None
    project: str
    due_seconds: float
    lease_seconds: float | None
    worked_seconds: float | None


class Oversight:
    """Looks at the jobs of all projects. Whether the caller may is `accounts.access`'s to say, before."""

    def __init__(self, database: Database, queue: JobQueue) -> None:
        self._database = database
        self._queue = queue

    async def running(self, limit: int) -> Sequence[SeenJob]:
        """Those that workers hold, with parts of long ones, the longest at work first."""
        return await self._seen(in_state(Job, JobState.RUNNING), Job.claimed_epoch, limit)

    async def waiting(self, limit: int) -> Sequence[SeenJob]:
        """Those in queues, the oldest first."""
        return await self._seen(in_state(Job, JobState.QUEUED) & WHOLE, Job.id, limit)

    async def failed_lately(self, limit: int) -> Sequence[SeenJob]:
        """Those that failed within a day, the newest first."""
        failed = (Job.finished_at > utc_now() - _LATELY) & (Job.state == JobState.FAILED) & WHOLE
        return await self._seen(failed, Job.finished_at.desc(), limit)

    async def page(
        self, wanted: JobFilter, cursor: str | None, limit: int, project_id: UUID | None = None
    ) -> Page[SeenJob]:
        """The newest first, of one project or of all of them."""
        conditions = [WHOLE, *wanted.conditions()]
        if project_id is not None:
            conditions.append(Job.project_id == project_id)
        if cursor:
            conditions.append(Job.id < decode_cursor(cursor))
        found = await self._seen(and_(*conditions), Job.id.desc(), limit + 1)
        shown = found[:limit]
        return Page(shown, encode_cursor(shown[-1].job.id) if len(found) > limit else None)

    async def oldest_seconds(self) -> dict[str, float]:
        """By queue: for how long the first job that waits could have begun."""
        async with self._database.reading() as session:
            rows = await session.execute(
                select(Job.queue, epoch_now() - func.min(Job.run_at_epoch))
                .where(in_state(Job, JobState.QUEUED))
                .group_by(Job.queue)
            )
            return {queue: max(0.0, float(waited)) for queue, waited in rows}

    async def put_back(self, job_id: UUID) -> Job:
        """Take a running job from the worker that holds it, back into its queue: no try of it is lost, and
        whoever claims it next goes on after the last step that was finished. A cancelled one ends.

        For a worker that lives and gets nowhere; the job of one that is dead comes back by itself. Raises
        `JobNotFound`, and `JobStateConflict` for a job that no worker holds.
        """
        if not await self._queue.put_back(job_id):
            job = await self._get(job_id)
            why = "Only a job that a worker holds can be."
            raise JobStateConflict(job_id, JobState(job.state), "taken from its worker", why)
        return await self._get(job_id)

    async def _get(self, job_id: UUID) -> Job:
        async with self._database.reading() as session:
            job = await session.get(Job, job_id)
        if job is None:
            raise JobNotFound(job_id)
        return job

    async def _seen(self, which: ColumnElement[bool], order: Any, limit: int) -> Sequence[SeenJob]:
        now = epoch_now()
        query = (
            select(
                Job,
                Project.name,
                now - Job.run_at_epoch,
                Job.lease_until_epoch - now,
                now - Job.claimed_epoch,
            )
            .outerjoin(Project, Project.id == Job.project_id)
            .where(which)
        )
        async with self._database.reading() as session:
            rows = (await session.execute(query.order_by(order, Job.id).limit(limit))).all()
            names = await names_of(session, [row[0] for row in rows])
        return [
            SeenJob(job, names.get(job.id), project or str(job.project_id), due, lease, _held(job, worked))
            for job, project, due, lease, worked in rows
        ]


def _held(job: Job, worked_seconds: float | None) -> float | None:
    return worked_seconds if job.owner is not None else None
