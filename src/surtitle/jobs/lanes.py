"""Finding the next job that a worker can do: the queue's one hot path.

Jobs that wait alike (queue, project, engine, memory) stand in one lane, ordered by when they are due. The
heads of the lanes are found by leaping through an index from lane to lane (a loose index scan): a claim looks
at as many rows as there are lanes, not at as many as there are jobs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    String,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from surtitle.db.job_models import Job, Queue
from surtitle.db.time import epoch_now
from surtitle.domain.jobs import JobState
from surtitle.jobs.offer import Offer
from surtitle.jobs.states import in_state
from surtitle.jobs.turns import next_begin, not_at_limit

LANES_TRIED = 8
"""So many lanes are tried before the next look: other workers may empty the first ones meanwhile."""
_ANY_MEMORY = 2**62


@dataclass(frozen=True, slots=True)
class Lane:
    """Jobs that wait alike: the same worker can do them, and their project has one turn for them."""

    queue: str
    project_id: UUID
    engine: str
    memory_bytes: int


async def lanes_in_turn(session: AsyncSession, queue: str, offer: Offer) -> Sequence[Lane]:
    """The lanes of a queue with a job that may run now and that the offer covers, the next in turn first."""
    rows = await session.execute(
        _lanes_in_turn(any_engine=offer.engines is None),
        {
            "queue": queue,
            "memory_bytes": _ANY_MEMORY if offer.memory_bytes is None else offer.memory_bytes,
            **({} if offer.engines is None else {"engines": sorted(offer.engines)}),
        },
    )
    return [Lane(queue, *row) for row in rows]


@cache
def _lanes_in_turn(*, any_engine: bool) -> Select[UUID, str, int]:
    """Built once: every worker asks this every second, and putting it together takes longer than asking."""
    queue = bindparam("queue", type_=String())
    heads, head, first = lane_heads(queue), aliased(Job), aliased(Job)
    lane = (head.project_id, head.engine, head.memory_bytes)
    due = (
        select(first.due_epoch)
        .where(in_lane(first, queue, *lane), first.run_at_epoch <= epoch_now())
        .order_by(first.due_epoch, first.id)
        .limit(1)
        .scalar_subquery()
    )
    begin = next_begin(queue, head.project_id)
    found = (
        select(*lane, due.label("due_epoch"), begin.label("begin"))
        .join(heads, head.id == heads.c.id)
        .where(_covered(head, any_engine=any_engine), not_at_limit(head.project_id), ~_paused(queue))
        .subquery()
    )
    return (
        select(found.c.project_id, found.c.engine, found.c.memory_bytes)
        .where(found.c.due_epoch.is_not(None))
        .order_by(found.c.begin, found.c.due_epoch)
        .limit(LANES_TRIED)
    )


def lane_heads(queue: SQLColumnExpression[str] | str) -> CTE:
    """The id of the first job of each lane (and a last row that is NULL)."""
    job = aliased(Job)
    heads = select(_first_of(queue).label("id")).cte("heads", recursive=True)
    # Leap by leap: a comparison of all three at once is a walk through the project's jobs on SQLite.
    here, same_engine = job.project_id, job.engine
    following = func.coalesce(
        _first_of(queue, project_id=here, engine=same_engine, beyond=("memory_bytes", job.memory_bytes)),
        _first_of(queue, project_id=here, beyond=("engine", same_engine)),
        _first_of(queue, beyond=("project_id", here)),
    )
    return heads.union_all(select(following).join_from(heads, job, job.id == heads.c.id))


def _first_of(
    queue: SQLColumnExpression[str] | str,
    beyond: tuple[str, SQLColumnExpression[Any]] | None = None,
    **same: SQLColumnExpression[Any],
) -> ScalarSelect[UUID]:
    """The first job in the order of the index, among those with the `same` columns and `beyond` one value."""
    job = aliased(Job)
    which = [getattr(job, name) == value for name, value in same.items()]
    if beyond is not None:
        which.append(getattr(job, beyond[0]) > beyond[1])
    order = (job.project_id, job.engine, job.memory_bytes, job.due_epoch, job.id)
    return select(job.id).where(waits(job, queue), *which).order_by(*order).limit(1).scalar_subquery()


def waits(job: type[Job], queue: SQLColumnExpression[str] | str) -> ColumnElement[bool]:
    """Whether the job waits in this queue."""
    return and_(in_state(job, JobState.QUEUED), job.queue == queue)


def in_lane(
    job: type[Job],
    queue: SQLColumnExpression[str] | str,
    project_id: SQLColumnExpression[UUID] | UUID,
    engine: SQLColumnExpression[str] | str,
    memory_bytes: SQLColumnExpression[int] | int,
) -> ColumnElement[bool]:
    """Whether the job waits in this lane."""
    return and_(
        waits(job, queue),
        job.project_id == project_id,
        job.engine == engine,
        job.memory_bytes == memory_bytes,
    )


def _covered(job: type[Job], *, any_engine: bool) -> ColumnElement[bool]:
    fits = job.memory_bytes <= bindparam("memory_bytes", type_=BigInteger())
    installed = job.engine.in_(bindparam("engines", type_=String(), expanding=True))
    return and_(fits, true() if any_engine else or_(job.engine == "", installed))


def _paused(queue: SQLColumnExpression[str]) -> ColumnElement[bool]:
    return exists().where(Queue.name == queue, Queue.paused_at.is_not(None))
