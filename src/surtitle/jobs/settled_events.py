"""The events of jobs that ended long ago, made small: all deltas become one, milestones stay.

The one delta stands at the number of the last. It knows where in its text each of the others ended, so
that a listener who comes back with the number of any of them still gets exactly what it has not had.
"""

from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate, pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.db.engine import Database
from surtitle.db.job_models import Job, JobEvent
from surtitle.domain.jobs import EventType

_KEPT_FOR = timedelta(days=1)
_JOBS_AT_ONCE = 10
# What a finished job's transcript and state tell better.
_PASSING = (EventType.DELTA, EventType.SEGMENT, EventType.PROGRESS)


async def settle_events(database: Database, kept_for: timedelta = _KEPT_FOR) -> int:
    """Make the events of all jobs small that ended `kept_for` ago; how many jobs."""
    settled = 0
    while job_ids := await _unsettled(database, kept_for):
        for job_id in job_ids:
            async with database.writing() as session:
                await _settle(session, job_id)
        settled += len(job_ids)
        if len(job_ids) < _JOBS_AT_ONCE:
            break
    return settled


async def _unsettled(database: Database, kept_for: timedelta) -> Sequence[UUID]:
    async with database.reading() as session:
        ended = await session.scalars(
            select(Job.id)
            .where(Job.events_settled.is_(False), Job.finished_at < utc_now() - kept_for)
            .limit(_JOBS_AT_ONCE)
        )
        return ended.all()


def told_after(data: dict[str, Any], after: int) -> dict[str, Any]:
    """What a listener is told who has heard the events up to number `after`."""
    if "numbers" not in data:
        return data
    heard = sum(1 for number in data["numbers"] if number <= after)
    return {"text": data["text"][data["ends"][heard - 1] if heard else 0 :]}


async def _settle(session: AsyncSession, job_id: UUID) -> None:
    # Holds the job: a person may be running it again at this moment, and then it is not settled.
    held = await session.scalar(
        update(Job)
        .where(Job.id == job_id, Job.finished_at.is_not(None), Job.events_settled.is_(False))
        .values(events_settled=True)
        .returning(Job.id)
    )
    if held is None:
        return
    rows = await session.execute(
        select(JobEvent.number, JobEvent.data)
        .where(JobEvent.job_id == job_id, JobEvent.type == EventType.DELTA)
        .order_by(JobEvent.number)
    )
    deltas = [part for number, data in rows for part in _parts(number, data)]
    await session.execute(delete(JobEvent).where(JobEvent.job_id == job_id, JobEvent.type.in_(_PASSING)))
    if deltas:
        numbers, texts = zip(*deltas, strict=True)
        data = {
            "text": "".join(texts),
            "numbers": list(numbers),
            "ends": list(accumulate(len(text) for text in texts)),
        }
        session.add(JobEvent(job_id=job_id, number=numbers[-1], type=EventType.DELTA, data=data))


def _parts(number: int, data: dict[str, Any]) -> list[tuple[int, str]]:
    """The deltas in one event, which may itself have been made of several before the job ran again."""
    if "numbers" not in data:
        return [(number, data["text"])]
    starts = [0, *data["ends"]]
    texts = [data["text"][start:end] for start, end in pairwise(starts)]
    return list(zip(data["numbers"], texts, strict=True))
