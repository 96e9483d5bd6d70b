"""A job's events: rows with a number, replayed from any point and then followed live."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.engine import Database
from surtitle.db.models import Job, JobEvent
from surtitle.domain.jobs import EventType, JobState
from surtitle.hub import Hub, job_topic
from surtitle.jobs.errors import JobNotFound
from surtitle.jobs.settled_events import told_after

_BATCH = 500
# A hint can get lost; this is how long a listener may then wait too long.
_FALLBACK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a job; `number` is what `Last-Event-ID` carries."""

    number: int
    type: EventType
    data: dict[str, Any]
    created_at: datetime


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
    """Reads events, for as many listeners as there are."""

    def __init__(self, database: Database, hub: Hub) -> None:
        self._database = database
        self._hub = hub

    async def since(self, job_id: UUID, after: int) -> tuple[list[Event], JobState]:
        """The next events with a number above `after`, and the job's state at that time."""
        async with self._database.reading() as session:
            state = await session.scalar(select(Job.state).where(Job.id == job_id))
            if state is None:
                raise JobNotFound(job_id)
            rows = await session.scalars(
                select(JobEvent)
                .where(JobEvent.job_id == job_id, JobEvent.number > after)
                .order_by(JobEvent.number)
                .limit(_BATCH)
            )
            events = [
                Event(row.number, EventType(row.type), told_after(row.data, after), row.created_at)
                for row in rows
            ]
        return events, JobState(state)

    async def follow(self, job_id: UUID, after: int = 0) -> AsyncIterator[Event]:
        """Every event above `after`, the past first, until the job has ended and all is told.

        No database session is open while the caller holds an event.
        """
        with self._hub.listen(job_topic(job_id)) as listener:
            while True:
                events, state = await self.since(job_id, after)
                for event in events:
                    after = event.number
                    yield event
                if events:
                    continue
                if state.finished:
                    return
                await listener.wait(_FALLBACK_SECONDS)
