"""Many listeners, one reader: who hears what, what it costs, and what is left when they have gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.asked import statements
from tests.jobs.table import JobTable

from surtitle.domain.jobs import EventType
from surtitle.hub import LocalHub, job_topic
from surtitle.hub.protocol import PATIENCE_SECONDS
from surtitle.jobs.errors import JobNotFound
from surtitle.jobs.events import Event, EventLog, Past, append_events
from surtitle.jobs.feed import MOST_KEPT
from surtitle.jobs.live_events import LiveEvents

LISTENERS = 50


@pytest.fixture
def live(table: JobTable) -> LiveEvents:
    return LiveEvents(EventLog(table.database), table.hub)


async def tell(table: JobTable, job_id: UUID, *numbers: int) -> None:
    """Events as a worker appends them, and the hint."""
    deltas = [(EventType.DELTA, {"text": str(number)}) for number in numbers]
    async with table.database.writing() as session:
        await append_events(session, job_id, deltas)
    table.hub.wake(job_topic(job_id))


async def numbers(stream: AsyncIterator[Event], count: int) -> list[int]:
    async with asyncio.timeout(30):
        return [(await anext(stream)).number for _ in range(count)]


async def test_what_is_new_is_read_once_however_many_listen(table: JobTable, live: LiveEvents) -> None:
    job = await table.add()
    streams = [live.follow(job.id, 0, drop_slow=True) for _ in range(LISTENERS)]
    assert [await numbers(stream, 1) for stream in streams] == [[1]] * LISTENERS
    waiting = [asyncio.create_task(numbers(stream, 3)) for stream in streams]
    await asyncio.sleep(0.1)
    with statements(table.database) as asked:
        await tell(table, job.id, 2, 3, 4)
        assert await asyncio.gather(*waiting) == [[2, 3, 4]] * LISTENERS
        assert len([statement for statement in asked if "job_events" in statement]) == 1
    for stream in streams:
        await stream.aclose()


async def test_everyone_hears_all_from_their_own_place_and_to_the_end(
    table: JobTable, live: LiveEvents
) -> None:
    job = await table.add()
    claim = await table.claim()
    await tell(table, job.id, 3, 4, 5)

    async def heard(after: int) -> list[int]:
        return [event.number async for event in live.follow(job.id, after, drop_slow=True)]

    listening = [asyncio.create_task(heard(after)) for after in range(6)]
    for number in range(6, 30):
        await tell(table, job.id, number)
        if number % 10 == 0:
            listening.append(asyncio.create_task(heard(number - 8)))
            await asyncio.sleep(0)
    await table.queue.succeed(claim, {})
    async with asyncio.timeout(30):
        told = await asyncio.gather(*listening)
    begins = [*range(6), 2, 12]
    assert told == [list(range(after + 1, 31)) for after in begins]


async def test_who_makes_a_number_up_costs_the_others_nothing(table: JobTable, live: LiveEvents) -> None:
    job = await table.add()
    inventive, other = (live.follow(job.id, after, drop_slow=True) for after in (999_999_999, 0))
    waiting = [asyncio.create_task(numbers(inventive, 1))]
    await asyncio.sleep(0.1)
    assert await numbers(other, 1) == [1]
    with statements(table.database) as asked:
        waiting.append(asyncio.create_task(numbers(other, 1)))
        await asyncio.sleep(0.2)
        await tell(table, job.id, 2)
        assert await waiting[1] == [2]
        assert len(asked) < 10
    waiting[0].cancel()
    await asyncio.wait(waiting)


class EventLogThatIsLate(EventLog):
    """While it brings the past, something happens."""

    def __init__(self, table: JobTable) -> None:
        super().__init__(table.database)
        self._table = table

    async def since(self, job_id: UUID, after: int) -> Past:
        past = await super().since(job_id, after)
        await tell(self._table, job_id, 2)
        await asyncio.sleep(0.1)
        return past


async def test_what_happens_while_the_past_is_read_is_not_waited_for(table: JobTable) -> None:
    job = await table.add()
    table.hub.patience_seconds = 3600.0
    live = LiveEvents(EventLogThatIsLate(table), table.hub)
    async with aclosing(live.follow(job.id, 0, drop_slow=True)) as stream:
        assert await numbers(stream, 2) == [1, 2]


async def test_news_of_one_job_without_end_keeps_no_other_waiting(table: JobTable) -> None:
    busy, quiet = await table.add(), await table.add()
    hub = LocalHub(poll_seconds := 0.2)
    live = LiveEvents(EventLog(table.database), hub)

    async def stir() -> None:
        while True:
            hub.wake(job_topic(busy.id))
            await asyncio.sleep(poll_seconds / 20)

    async with (
        aclosing(live.follow(busy.id, 0, drop_slow=True)) as theirs,
        aclosing(live.follow(quiet.id, 0, drop_slow=True)) as ours,
    ):
        assert await numbers(theirs, 1) == await numbers(ours, 1) == [1]
        stirring, listening = asyncio.create_task(stir()), asyncio.create_task(numbers(theirs, 1))
        hearing = asyncio.create_task(numbers(ours, 1))
        await asyncio.sleep(poll_seconds)
        # No hint of it comes to this hub.
        await tell(table, quiet.id, 2)
        assert await hearing == [2]
        for task in (stirring, listening):
            task.cancel()
        await asyncio.wait((stirring, listening))


async def test_a_slow_listener_is_dropped_and_holds_up_nobody_and_can_come_back(table: JobTable) -> None:
    live = LiveEvents(EventLog(table.database), table.hub, slow_after_seconds=0.0)
    job = await table.add()
    many = 4 * MOST_KEPT
    slow, quick, patient = (live.follow(job.id, 0, drop_slow=drop) for drop in (True, True, False))
    for stream in (slow, quick, patient):
        assert await numbers(stream, 1) == [1]
    await tell(table, job.id, 2)
    assert await numbers(slow, 1) + await numbers(patient, 1) == [2, 2]
    reading = asyncio.create_task(numbers(quick, many))
    for begin in range(3, many + 3, 50):
        await tell(table, job.id, *range(begin, begin + 50))
    assert await reading == list(range(2, many + 2))
    feed = live._feeds[job.id]
    assert len(feed._events) <= MOST_KEPT
    async with asyncio.timeout(30):
        assert [event async for event in slow] == []
    again = live.follow(job.id, 2, drop_slow=True)
    assert await numbers(again, many) == await numbers(patient, many) == list(range(3, many + 3))
    for stream in (quick, patient, again):
        await stream.aclose()


async def test_who_reads_on_is_not_dropped_however_much_comes_at_once(
    table: JobTable, live: LiveEvents
) -> None:
    job = await table.add()
    many = 8 * MOST_KEPT

    async def read() -> list[int]:
        heard = []
        async with aclosing(live.follow(job.id, 0, drop_slow=True)) as stream:
            async for event in stream:
                heard.append(event.number)
                if len(heard) == many:
                    break
                # As long as it takes to send it, while the next ones are read.
                await asyncio.sleep(0.0005)
        return heard

    reading = asyncio.create_task(read())
    await asyncio.sleep(0.2)
    await tell(table, job.id, *range(2, many + 1))
    assert await reading == list(range(1, many + 1))


async def test_a_deleted_job_ends_all_its_streams(table: JobTable, live: LiveEvents) -> None:
    job = await table.add()
    streams = [live.follow(job.id, 0, drop_slow=True) for _ in range(3)]
    waiting = []
    for stream in streams:
        await numbers(stream, 1)
        waiting.append(asyncio.create_task(numbers(stream, 1)))
    await asyncio.sleep(0.05)
    await table.service.delete(job.project_id, job.id)
    async with asyncio.timeout(30):
        told = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(one) for one in told] == [JobNotFound] * 3


async def test_a_job_that_is_run_again_is_heard_by_who_comes_then(table: JobTable, live: LiveEvents) -> None:
    job = await table.add()
    early = live.follow(job.id, 0, drop_slow=True)
    await numbers(early, 1)
    await table.service.cancel(job.project_id, job.id)
    async with asyncio.timeout(30):
        assert [event.number async for event in early] == [2]
    await table.service.retry(job.project_id, job.id)
    async with aclosing(live.follow(job.id, 2, drop_slow=True)) as later:
        assert await numbers(later, 1) == [3]
        await tell(table, job.id, 4)
        assert await numbers(later, 1) == [4]


async def test_listeners_outlast_a_database_that_is_away(
    table: JobTable, live: LiveEvents, caplog: pytest.LogCaptureFixture
) -> None:
    job = await table.add()
    async with aclosing(live.follow(job.id, 0, drop_slow=True)) as stream:
        await numbers(stream, 1)
        waiting = asyncio.create_task(numbers(stream, 1))
        await asyncio.sleep(0.05)
        async with table.database.writing() as session:
            await session.execute(text("ALTER TABLE jobs RENAME TO jobs_away"))
        table.hub.wake(job_topic(job.id))
        async with asyncio.timeout(30):
            while "cannot look for events" not in caplog.text:  # noqa: ASYNC110  a log has no event
                await asyncio.sleep(0.01)
        async with table.database.writing() as session:
            await session.execute(text("ALTER TABLE jobs_away RENAME TO jobs"))
        await tell(table, job.id, 2)
        assert await waiting == [2]


async def test_who_has_left_is_not_remembered(table: JobTable, live: LiveEvents) -> None:
    jobs = [await table.add() for _ in range(3)]
    streams = [live.follow(job.id, 0, drop_slow=True) for job in jobs for _ in range(2)]
    for stream in streams:
        await numbers(stream, 1)
    waiting = asyncio.create_task(numbers(streams[0], 1))
    await asyncio.sleep(0.05)
    waiting.cancel()
    await asyncio.wait({waiting})
    for stream in streams:
        await stream.aclose()
    # Sooner than it would look by itself.
    async with asyncio.timeout(PATIENCE_SECONDS - 1):
        while live._reader is not None:  # noqa: ASYNC110  it has no event
            await asyncio.sleep(0.01)
    assert (live._feeds, live._subscriptions, table.hub._calls) == ({}, {}, {})
