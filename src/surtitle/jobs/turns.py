"""Whose job comes next: fair turns between projects, and within one the order in which jobs are due.

Turns are start-time fair queueing (Goyal, Vin, Cheng: SIGCOMM 1996). A queue has a clock in seconds of
recordings. A job begins where its project's last one ended, at the earliest where the queue now is, and ends
after its own length; the project whose next job would begin first has its turn. So projects with work get
equal shares however many jobs they queued, and one that was away is owed nothing. See docs/decisions/0013.
"""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, SQLColumnExpression, case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from surtitle.db.account_models import Project
from surtitle.db.job_models import Job, Turn
from surtitle.db.time import epoch_now
from surtitle.domain.jobs import JobState
from surtitle.jobs.states import in_state

# What a job costs that listens to nothing: about what laying out and drawing captions takes.
_LEAST_COST_SECONDS = 10.0


def due_epoch(media_seconds: float, priority: int, priority_seconds: float) -> ColumnElement[float]:
    """When a job that is queued now is due: after as long as its recording lasts, earlier by its priority.

    Short ones go first, so that nobody with a minute waits for an hour of another's; but the time is fixed,
    and those that come later are due later. So every job rises to the front with age, and none starves.
    """
    return epoch_now() + media_seconds - priority * priority_seconds


def queue_now(queue: SQLColumnExpression[str] | str) -> ColumnElement[float]:
    """Where the clock of a queue stands: the furthest that a job of it began. It never goes back."""
    furthest = select(func.max(Turn.begin_seconds)).where(Turn.queue == queue).scalar_subquery()
    return func.coalesce(furthest, 0.0)


def next_begin(
    queue: SQLColumnExpression[str] | str, project_id: InstrumentedAttribute[UUID]
) -> ColumnElement[float]:
    """Where the project's next job would begin: the smallest has its turn."""
    ended = _ended(queue, project_id)
    now = queue_now(queue)
    return case((ended > now, ended), else_=now)


def _ended(
    queue: SQLColumnExpression[str] | str, project_id: InstrumentedAttribute[UUID]
) -> ScalarSelect[float]:
    return (
        select(Turn.end_seconds).where(Turn.queue == queue, Turn.project_id == project_id).scalar_subquery()
    )


async def take_turn(session: AsyncSession, job: Job) -> None:
    """Write down that the job's project was served with it. Late in a transaction: it holds up the project's
    other claims until the commit.
    """
    begin = await session.scalar(select(queue_now(job.queue)))
    assert begin is not None
    cost = _cost(job)
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    began = case((Turn.end_seconds > begin, Turn.end_seconds), else_=begin)
    await session.execute(
        insert(Turn)
        .values(
            queue=job.queue,
            project_id=job.project_id,
            begin_seconds=begin,
            end_seconds=begin + cost,
        )
        .on_conflict_do_update(
            index_elements=[Turn.queue, Turn.project_id],
            set_={"begin_seconds": began, "end_seconds": began + cost},
        )
    )


async def give_turns_back(session: AsyncSession, jobs: Iterable[Job]) -> None:
    """These jobs wait again and pay when they are claimed next: what they paid is their projects' again."""
    paid: defaultdict[tuple[str, UUID], float] = defaultdict(float)
    for job in jobs:
        if job.parent_id is None:
            paid[job.queue, job.project_id] += _cost(job)
    # In one order for all, so that no two transactions wait for each other.
    for (queue, project_id), cost in sorted(paid.items()):
        rest = Turn.end_seconds - cost
        await session.execute(
            update(Turn)
            .where(Turn.queue == queue, Turn.project_id == project_id)
            .values(end_seconds=case((rest > Turn.begin_seconds, rest), else_=Turn.begin_seconds))
        )


def _cost(job: Job) -> float:
    return max(job.media_seconds, _LEAST_COST_SECONDS)


def not_at_limit(project_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Whether the project runs fewer jobs than it may.

    Looks at what runs, which is as little as there are workers, and once for the whole statement: many jobs
    that must wait make no claim slow.
    """
    running = aliased(Job)
    at_limit = (
        select(Project.id)
        .join(running, running.project_id == Project.id)
        # A job that runs has a lease; said so, its small index is used and not one of all jobs.
        .where(in_state(running, JobState.RUNNING), running.lease_until_epoch.is_not(None))
        .group_by(Project.id, Project.parallel_jobs)
        .having(func.count() >= Project.parallel_jobs)
    )
    return project_id.not_in(at_limit)


async def above_limit(session: AsyncSession, job_id: UUID) -> bool:
    """Whether this job, just claimed, is one more than its project may run. Two claims can be under way at
    once, and neither sees the other: the project's row makes the second one wait here.
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
        select(func.count()).where(
            in_state(Job, JobState.RUNNING), Job.lease_until_epoch.is_not(None), Job.project_id == project.id
        )
    )
    return bool(running and running > project.parallel_jobs)
