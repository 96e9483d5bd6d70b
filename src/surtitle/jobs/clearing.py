"""Emptying queues: what waits is cancelled."""

from contextlib import suppress

from sqlalchemy import select

from surtitle.db.engine import Database
from surtitle.db.job_models import Job
from surtitle.domain.jobs import JobState
from surtitle.errors import Conflict, NotFound
from surtitle.jobs.service import JobService
from surtitle.jobs.states import in_state

_BATCH = 200


async def cancel_waiting(database: Database, jobs: JobService, queue: str | None = None) -> int:
    """Cancel the jobs of all projects that wait, in one queue or in all; how many those were.

    What is accepted meanwhile may go too, and a job that begins at that very moment is stopped.
    """
    waiting = select(Job.project_id, Job.id).where(in_state(Job, JobState.QUEUED), Job.parent_id.is_(None))
    if queue is not None:
        waiting = waiting.where(Job.queue == queue)
    cancelled, after = 0, None
    while True:
        page = waiting if after is None else waiting.where(Job.id > after)
        async with database.reading() as session:
            found = (await session.execute(page.order_by(Job.id).limit(_BATCH))).all()
        for project_id, job_id in found:
            with suppress(Conflict, NotFound):
                await jobs.cancel(project_id, job_id)
                cancelled += 1
        if not found:
            return cancelled
        after = found[-1].id
