import asyncio
from collections.abc import Awaitable, Callable
from typing import Self

from sqlalchemy import select
from tests.jobs.table import JobTable
from tests.servers.both import ON_BOTH

from surtitle.bootstrap.scheduler import look_after
from surtitle.config import JobSettings
from surtitle.db.job_models import ScheduleRun
from surtitle.db.time import epoch_now
from surtitle.jobs.schedules import Schedule

OFTEN, AN_AGE = 0.1, 1e9
# No lease and no grace ends by itself within a test.
PATIENT = JobSettings(beat_seconds=0.05, lease_seconds=3600, grace_seconds=3600)


class Looking:
    """A scheduler over the table's database, told to stop at the end of the block."""

    def __init__(self, table: JobTable, settings: JobSettings, schedules: list[Schedule]) -> None:
        self.stop = asyncio.Event()
        self._running = look_after(schedules, table.database, settings, self.stop)

    async def __aenter__(self) -> Self:
        self.task = asyncio.create_task(self._running)
        return self

    async def __aexit__(self, *_error: object) -> None:
        self.stop.set()
        async with asyncio.timeout(30):
            await self.task


def until(go: asyncio.Event, begun: asyncio.Event) -> Callable[[], Awaitable[None]]:
    async def task() -> None:
        begun.set()
        await go.wait()

    return task


@ON_BOTH
async def test_a_task_that_takes_long_holds_up_no_other(table: JobTable) -> None:
    go, begun, thrice, runs = asyncio.Event(), asyncio.Event(), asyncio.Event(), 0

    async def often() -> None:
        nonlocal runs
        runs += 1
        if runs == 3:
            thrice.set()

    schedules = [Schedule("long", AN_AGE, until(go, begun)), Schedule("often", OFTEN, often)]
    async with Looking(table, PATIENT, schedules), asyncio.timeout(30):
        await begun.wait()
        await thrice.wait()
        go.set()


async def test_what_runs_when_it_is_told_to_stop_may_end(table: JobTable) -> None:
    go, begun = asyncio.Event(), asyncio.Event()
    async with Looking(table, PATIENT, [Schedule("long", AN_AGE, until(go, begun))]) as scheduler:
        await begun.wait()
        scheduler.stop.set()
        await asyncio.sleep(0.1)
        assert not scheduler.task.done()
        go.set()
    async with table.database.reading() as session:
        assert await session.scalar(select(ScheduleRun.finished_at)) is not None


async def test_what_does_not_end_within_the_grace_is_handed_to_another_at_once(table: JobTable) -> None:
    go, begun, ran = asyncio.Event(), asyncio.Event(), asyncio.Event()
    hasty = PATIENT.model_copy(update={"grace_seconds": 0.05})
    async with Looking(table, hasty, [Schedule("long", AN_AGE, until(go, begun))]):
        await begun.wait()
    async with table.database.reading() as session:
        assert await session.scalar(select(ScheduleRun.lease_until_epoch < epoch_now()))

    async def ends() -> None:
        ran.set()

    async with Looking(table, PATIENT, [Schedule("long", AN_AGE, ends)]), asyncio.timeout(30):
        await ran.wait()
