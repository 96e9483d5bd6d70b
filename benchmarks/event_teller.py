"""A process in which something happens to jobs, as it does in a worker's."""

import asyncio
import time
from dataclasses import dataclass
from uuid import UUID

from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.domain.jobs import EventType
from surtitle.hub import job_topic, opened
from surtitle.jobs.events import append_event

TOLD_AT = "told_at_ns"
"""The key, in an event's data, of the moment before it was written."""


@dataclass(frozen=True, slots=True)
class Tale:
    """`count` events, one job's after another's, `a_second` of them."""

    job_ids: list[str]
    count: int
    a_second: float

    @property
    def of_each_job(self) -> int:
        return self.count // len(self.job_ids)


def tell(settings: Settings, tale: Tale) -> None:
    """The main function of the process."""
    asyncio.run(_tell(settings, tale))


async def _tell(settings: Settings, tale: Tale) -> None:
    database = Database(settings.effective_database_url)
    async with opened(settings) as hub:
        began = time.monotonic()
        for number in range(tale.count):
            await asyncio.sleep(began + number / tale.a_second - time.monotonic())
            job_id = UUID(tale.job_ids[number % len(tale.job_ids)])
            data = {"text": " and so on", TOLD_AT: time.time_ns()}
            async with database.writing() as session:
                await append_event(session, job_id, EventType.DELTA, data)
            hub.wake(job_topic(job_id))
    await database.close()
