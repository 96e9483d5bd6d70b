import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update
from tests.jobs.table import JobTable
from tests.servers.both import ON_BOTH

from surtitle.db.job_models import ScheduleRun
from surtitle.errors import Unavailable
from surtitle.jobs.schedules import Schedule, Schedules

# Long enough that no test meets the end of a slot.
AN_AGE = 1e9


def schedules(table: JobTable, task: Callable[[], Awaitable[object]]) -> Schedules:
    return Schedules(table.database, table.settings, [Schedule("count", AN_AGE, task)])


class Counting:
    def __init__(self) -> None:
        self.runs = 0

    async def __call__(self) -> None:
        self.runs += 1
        await asyncio.sleep(0.05)


@ON_BOTH
async def test_many_schedulers_run_a_task_once_each_time(table: JobTable) -> None:
    task = Counting()
    ran = await asyncio.gather(*(schedules(table, task).run_due() for _ in range(5)))
    assert (task.runs, sum(ran)) == (1, 1)
    await schedules(table, task).run_due()
    assert task.runs == 1, "nor does one that comes later run it"


@ON_BOTH
async def test_a_scheduler_that_died_in_the_middle_is_followed_by_another(table: JobTable) -> None:
    begun = asyncio.Event()

    async def never_ends() -> None:
        begun.set()
        await asyncio.Event().wait()

    dying = asyncio.create_task(schedules(table, never_ends).run_due())
    await begun.wait()
    task = Counting()
    await schedules(table, task).run_due()
    assert task.runs == 0, "it is alive, and keeps its lease"
    dying.cancel()
    await asyncio.wait({dying})
    async with table.database.writing() as session:
        await session.execute(update(ScheduleRun).values(lease_until_epoch=0.0))
    await schedules(table, task).run_due()
    assert task.runs == 1


async def test_a_task_that_failed_is_tried_again(table: JobTable) -> None:
    tries = 0

    async def fails_first() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise Unavailable("The store is away.")

    own = schedules(table, fails_first)
    assert [await own.run_due() for _ in range(3)] == [0, 1, 0]
    assert tries == 2


async def test_an_error_that_nobody_foresaw_is_logged_and_the_others_go_on(
    table: JobTable, caplog: pytest.LogCaptureFixture
) -> None:
    async def breaks() -> None:
        raise KeyError("x")

    task = Counting()
    both = [Schedule("breaks", AN_AGE, breaks), Schedule("count", AN_AGE, task)]
    assert await Schedules(table.database, table.settings, both).run_due() == 1
    (logged,) = [record for record in caplog.records if record.exc_info]
    assert "the task breaks" in logged.getMessage()
    mended = Schedules(table.database, table.settings, [Schedule("breaks", AN_AGE, task)])
    assert await mended.run_due() == 1, "the slot was given back"


async def test_a_run_of_many_hours_is_not_run_again(table: JobTable) -> None:
    runs = 0

    async def takes_hours() -> None:
        nonlocal runs
        runs += 1
        async with table.database.writing() as session:
            await session.execute(update(ScheduleRun).values(started_at=datetime(2020, 1, 1, tzinfo=UTC)))

    for _ in range(2):
        await schedules(table, takes_hours).run_due()
    assert runs == 1


async def test_a_task_without_anything_to_do_writes_nothing(table: JobTable) -> None:
    task = Counting()

    async def needed() -> bool:
        return False

    idle = Schedules(table.database, table.settings, [Schedule("count", AN_AGE, task, needed=needed)])
    assert await idle.run_due() == 0
    async with table.database.reading() as session:
        assert (await session.scalars(select(ScheduleRun))).all() == []


async def test_the_next_time_comes_and_what_is_long_over_is_forgotten(table: JobTable) -> None:
    task = Counting()
    often = Schedules(table.database, table.settings, [Schedule("count", 0.001, task)])
    for _ in range(2):
        await often.run_due()
    assert task.runs == 2
    async with table.database.reading() as session:
        assert len((await session.scalars(select(ScheduleRun))).all()) == 2
    async with table.database.writing() as session:
        await session.execute(update(ScheduleRun).values(started_at=datetime(2020, 1, 1, tzinfo=UTC)))
    await often.run_due()
    async with table.database.reading() as session:
        assert len((await session.scalars(select(ScheduleRun))).all()) == 1


async def test_others_go_on_beside_a_long_one_and_it_ends_with_its_scheduler(table: JobTable) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def takes_hours() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    gone_on = asyncio.Event()

    async def short() -> None:
        gone_on.set()

    both = [Schedule("long", AN_AGE, takes_hours, is_long=True), Schedule("short", AN_AGE, short)]
    running = asyncio.create_task(Schedules(table.database, table.settings, both).run())
    await begun.wait()
    await asyncio.wait_for(gone_on.wait(), 30)
    running.cancel()
    await asyncio.wait({running})
    assert ended.is_set()
    # It was given back, so that another need not wait for the lease to end.
    again = Counting()
    await Schedules(table.database, table.settings, [Schedule("long", AN_AGE, again)]).run_due()
    assert again.runs == 1


async def test_it_ends_when_it_is_asked_to_just_as_a_task_ends(table: JobTable) -> None:
    async def ask_it_to_end() -> None:
        asyncio.get_running_loop().call_soon(looking_after.cancel)

    looking_after = asyncio.create_task(schedules(table, ask_it_to_end).run())
    _ended, going_on = await asyncio.wait({looking_after}, timeout=30)
    looking_after.cancel()
    assert not going_on
    assert looking_after.cancelled()
