import time
from typing import Any

from sqlalchemy import update
from tests.jobs.table import QUICK, JobTable
from tests.servers.both import ON_BOTH

from surtitle.db.job_models import Job
from surtitle.db.time import epoch_now
from surtitle.jobs.clock_jumps import DatabaseClock
from surtitle.jobs.offer import Offer
from surtitle.jobs.owner import Owner

HOUR = 3600.0
pytestmark = ON_BOTH


class SteadyClock:
    """Going on by an hour beside the database's clock is the same as that one being set back by one."""

    def __init__(self) -> None:
        self.more = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.more


async def as_of_an_hour_later(table: JobTable, *columns: str) -> None:
    """What the rows hold once the clock by which they were written was set back by an hour."""
    values: dict[str, Any] = {name: getattr(Job, name) + HOUR for name in columns}
    async with table.database.writing() as session:
        await session.execute(update(Job).values(values))


async def claimable(table: JobTable) -> bool:
    return await table.queue.claim(Offer(), Owner.this_process()) is not None


async def test_a_job_that_was_due_by_the_old_time_is_due_again(table: JobTable) -> None:
    clock = DatabaseClock(table.database, QUICK)
    await table.add()
    await as_of_an_hour_later(table, "run_at_epoch")
    assert not await claimable(table)
    assert await clock.look() == 1
    assert await claimable(table)


async def test_a_lease_that_would_last_an_hour_ends_in_time(table: JobTable) -> None:
    await table.add()
    claim = await table.claim()
    await as_of_an_hour_later(table, "lease_until_epoch")
    assert await DatabaseClock(table.database, QUICK).look() == 1
    job = await table.job(claim.job_id)
    async with table.database.reading() as session:
        left = float(job.lease_until_epoch or 0) - float(await session.scalar(epoch_now().select()) or 0)
    assert left <= QUICK.lease_seconds
    assert await table.queue.beat(claim)


async def test_a_jump_is_noticed_while_it_is_looked_at_and_costs_nothing_otherwise(table: JobTable) -> None:
    steady = SteadyClock()
    clock = DatabaseClock(table.database, QUICK, steady)
    await clock.look()
    await table.add()
    await as_of_an_hour_later(table, "run_at_epoch")
    assert await clock.look() == 0
    steady.more += HOUR
    assert await clock.look() == 1
    assert await claimable(table)


async def test_a_retry_that_has_to_wait_goes_on_waiting(table: JobTable) -> None:
    delay_seconds = max(QUICK.retry_delays_seconds)
    await table.add()
    async with table.database.writing() as session:
        await session.execute(update(Job).values(run_at_epoch=epoch_now() + delay_seconds * 0.9))
    assert await DatabaseClock(table.database, QUICK).look() == 0
