import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.jobs.table import JobTable

from surtitle.db.engine import Database
from surtitle.db.errors import DatabaseAway
from surtitle.domain.jobs import EventType, StepState
from surtitle.jobs.errors import LeaseLost


class Leaving(Database):
    """A database that is away when a transaction would be committed, once `is_away` is set."""

    is_away = False
    tries = 0

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        async with super().writing() as session:
            yield session
            if self.is_away:
                self.tries += 1
                raise DatabaseAway("The connection to the database broke.")


async def test_a_checkpoint_keeps_artifact_cursor_and_event_together(table: JobTable) -> None:
    job = await table.add()
    work = await table.work(await table.claim())
    await work.begin_step("transcription")
    await work.save(
        "windows/0", b"first", media_type="text/plain", kind="work", step="transcription",
        cursor={"sample": 16000}, events=[(EventType.DELTA, {"text": "first"})],
    )  # fmt: skip
    saved = (await work.steps())["transcription"]
    assert (saved.state, saved.cursor) == (StepState.RUNNING, {"sample": 16000})
    assert await work.read("windows/0") == b"first"
    assert (EventType.DELTA, {"text": "first"}) in await table.events(job.id)


async def test_a_worker_that_lost_its_job_can_write_nothing(table: JobTable) -> None:
    job = await table.add()
    zombie = await table.work(await table.claim())
    await table.expire(zombie.claim)
    await table.queue.reap()
    owner = await table.work(await table.claim())
    await owner.save("transcript.txt", b"right", media_type="text/plain")
    before = await table.events(job.id)
    with pytest.raises(LeaseLost):
        await zombie.save("transcript.txt", b"wrong", media_type="text/plain")
    with pytest.raises(LeaseLost):
        await zombie.warn("nobody may hear this")
    with pytest.raises(LeaseLost):
        await zombie.progress(0.5, step="transcription")
    with pytest.raises(LeaseLost):
        await zombie.end_step("transcription", 1.0)
    with pytest.raises(LeaseLost):
        await zombie.save_untraced("voices.json", b"wrong", media_type="application/json")
    assert await owner.read("transcript.txt") == b"right"
    assert await table.events(job.id) == before
    [kept] = await owner.artifacts()
    assert [key async for key in table.store.keys(f"jobs/{job.id}")] == [kept.object_key]


async def test_a_zombie_leaves_alone_what_it_wrote_while_the_job_was_its_own(table: JobTable) -> None:
    await table.add()
    zombie = await table.work(await table.claim())
    await zombie.save("notes.json", b"one", media_type="application/json")
    await table.expire(zombie.claim)
    await table.queue.reap()
    owner = await table.work(await table.claim())
    with pytest.raises(LeaseLost):
        await zombie.save("notes.json", b"two", media_type="application/json")
    assert await owner.read("notes.json") == b"one"


async def test_what_was_kept_can_still_be_read_when_it_could_not_be_replaced(table: JobTable) -> None:
    await table.add()
    leaving = Leaving(table.database.url)
    work = await replace(table, database=leaving).work(await table.claim())
    await work.save("notes.json", b"one", media_type="application/json")
    leaving.is_away = True
    with pytest.raises(DatabaseAway):
        await work.save("notes.json", b"two", media_type="application/json")
    leaving.is_away = False
    assert await work.read("notes.json") == b"one"
    await leaving.close()


async def test_the_same_warning_is_told_once(table: JobTable) -> None:
    job = await table.add()
    work = await table.work(await table.claim())
    await work.warn("lighter model")
    await work.warn("lighter model")
    assert (await table.job(job.id)).warnings == [{"detail": "lighter model"}]


async def test_progress_is_told_at_most_once_a_second(table: JobTable) -> None:
    job = await table.add()
    work = await table.work(await table.claim())
    for percent in range(100):
        await work.progress(percent / 100, step="transcription")
    told = [data for kind, data in await table.events(job.id) if kind is EventType.PROGRESS]
    assert len(told) == 1


async def test_news_of_progress_that_cannot_be_told_costs_no_work(table: JobTable) -> None:
    job = await table.add()
    leaving = Leaving(table.database.url)
    work = await replace(table, database=leaving).work(await table.claim())
    leaving.is_away = True
    for percent in range(10):
        await work.progress(percent / 100, step="rendering")
    # One try may take as long as a connection may; what is drawn meanwhile waits for it once, not each time.
    assert leaving.tries == 1
    leaving.is_away = False
    await asyncio.sleep(table.settings.beat_seconds)
    await work.progress(0.5, step="rendering")
    told = [data for kind, data in await table.events(job.id) if kind is EventType.PROGRESS]
    assert told == [{"progress": 0.5, "step": "rendering"}]
    await leaving.close()


async def test_an_artifact_written_again_replaces_the_first(table: JobTable) -> None:
    job = await table.add()
    work = await table.work(await table.claim())
    await work.save("a.txt", b"one", media_type="text/plain")
    await table.expire(work.claim)
    await table.queue.reap()
    work = await table.work(await table.claim())
    await work.save("a.txt", b"two", media_type="text/plain")
    assert await work.read("a.txt") == b"two"
    [kept] = await work.artifacts()
    assert kept.object_key.startswith(f"jobs/{job.id}/2/")
