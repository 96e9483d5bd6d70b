"""A job's events: rows with a number, in which everything that people hear of a job is written down."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.engine import Database
from surtitle.db.job_models import Job, JobEvent
from surtitle.domain.jobs import EventType, JobState
from surtitle.jobs.errors import JobNotFound
from surtitle.jobs.settled_events import told_after

_BATCH = 500
# Of live events fewer: they wait in memory for whoever listens.
_LIVE_BATCH = 100


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a job; `number` is what `Last-Event-ID` carries."""

    number: int
    type: EventType
    data: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Head:
    """How far a job has come: its state, and the number of its last event."""

    state: JobState
    last_event: int


@dataclass(frozen=True, slots=True)
class Past:
    """A job's events after some number. `complete`: when it was read there were no more."""

    events: Sequence[Event]
    complete: bool
    state: JobState
    read_to: int
    """All up to this number is read, some of it before."""


@dataclass(frozen=True, slots=True)
class Newer:
    """Events of several jobs, each job's together and in order. `complete`: there were no more."""

    events: Sequence[tuple[UUID, Event]]
    complete: bool


async def append_event(session: AsyncSession, job_id: UUID, kind: EventType, data: dict[str, Any]) -> int:
    """Add an event within the caller's transaction and return its number."""
    return await append_events(session, job_id, [(kind, data)])


async def append_events(
    session: AsyncSession, job_id: UUID, events: Sequence[tuple[EventType, dict[str, Any]]]
) -> int:
    """Add events, numbered in their order, within the caller's transaction; the last one's number."""
    last: int | None = await session.scalar(
        update(Job)
        .where(Job.id == job_id)
        .values(last_event=Job.last_event + len(events))
        .returning(Job.last_event)
    )
    if last is None:
        raise JobNotFound(job_id)
    session.add_all(
        JobEvent(job_id=job_id, number=number, type=kind, data=data)
        for number, (kind, data) in enumerate(events, last - len(events) + 1)
    )
    await session.flush()
    return last


class EventLog:
    """Reads events."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def since(self, job_id: UUID, after: int) -> Past:
        """The next events of one job above `after`. Raises `JobNotFound`."""
        async with self._database.reading() as session:
            # First how far it has come: what is told of its end is then among the events.
            head = await _heads(session, [job_id])
            if job_id not in head:
                raise JobNotFound(job_id)
            found = await _newer(session, {job_id: after}, _BATCH)
        events = [replace(event, data=told_after(event.data, after)) for _, event in found.events]
        read_to = events[-1].number if events else 0
        if found.complete:
            read_to = max(read_to, head[job_id].last_event)
        return Past(events, found.complete, head[job_id].state, read_to)

    async def heads(self, job_ids: Collection[UUID]) -> dict[UUID, Head]:
        """How far these jobs have come; those that are deleted are left out."""
        async with self._database.reading() as session:
            return await _heads(session, job_ids)

    async def newer(self, places: Mapping[UUID, int]) -> Newer:
        """The next events of several jobs, of each those above its number."""
        async with self._database.reading() as session:
            return await _newer(session, places, _LIVE_BATCH)


async def _heads(session: AsyncSession, job_ids: Collection[UUID]) -> dict[UUID, Head]:
    rows = await session.execute(select(Job.id, Job.state, Job.last_event).where(Job.id.in_(job_ids)))
    return {job_id: Head(JobState(state), last_event) for job_id, state, last_event in rows}


async def _newer(session: AsyncSession, places: Mapping[UUID, int], most: int) -> Newer:
    wanted = (and_(JobEvent.job_id == job_id, JobEvent.number > after) for job_id, after in places.items())
    rows = await session.execute(
        select(JobEvent.job_id, JobEvent.number, JobEvent.type, JobEvent.data, JobEvent.created_at)
        .where(or_(*wanted))
        .order_by(JobEvent.job_id, JobEvent.number)
        .limit(most)
    )
    events = [(job_id, Event(number, EventType(kind), data, at)) for job_id, number, kind, data, at in rows]
    return Newer(events, len(events) < most)


async def forget_text(session: AsyncSession, job_id: UUID) -> None:
    """What the job told of its text: that is gone, or told from the beginning again."""
    told = JobEvent.type.in_((EventType.DELTA, EventType.SEGMENT))
    await session.execute(delete(JobEvent).where(JobEvent.job_id == job_id, told))
