import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.jobs.table import JobTable

from surtitle.db.models import PERSONAL_PROJECT
from surtitle.domain.jobs import EventType, JobState
from surtitle.errors import Invalid
from surtitle.ids import new_id
from surtitle.jobs.events import Event
from surtitle.jobs.housekeeping import Housekeeping
from surtitle.jobs.offer import Offer
from surtitle.jobs.owner import Owner
from surtitle.jobs.queue import JobQueue
from surtitle.jobs.schedules import Schedules
from surtitle.jobs.work import JobWork
from surtitle.jobs.worker import RunJob, scratch_name
from surtitle.jobs.workers import Presence, Workers
from surtitle.storage.faults import StoreAway


def housekeeping(table: JobTable) -> Housekeeping:
    return Housekeeping(
        table.queue,
        table.database,
        table.settings,
        scratch=table.scratch,
        presence=lambda: Presence(Offer(("cpu", "urgent")), slots=2),
        schedules=Schedules(table.database, table.settings, ()),
    )


@asynccontextmanager
async def working(table: JobTable, run: RunJob) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(table.worker(run).serve(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def until(table: JobTable, job_id: Any, state: JobState) -> None:
    async with asyncio.timeout(30):
        while (await table.job(job_id)).state != state:  # noqa: ASYNC110  a row has no event
            await asyncio.sleep(0.02)


async def test_a_worker_runs_what_is_queued_and_tells_the_result(table: JobTable) -> None:
    async def run(work: JobWork) -> dict[str, Any]:
        await work.save("transcript.txt", b"hi", media_type="text/plain")
        return {"artifacts": ["transcript.txt"]}

    async with working(table, run):
        job = await table.add()
        heard: list[Event] = [event async for event in table.service.follow(job.id, 0)]
    assert [event.type for event in heard] == [EventType.STATE, EventType.STATE, EventType.COMPLETED]
    assert [event.number for event in heard] == [1, 2, 3]
    assert heard[-1].data == {"artifacts": ["transcript.txt"]}


async def test_a_running_job_stops_when_it_is_cancelled(table: JobTable) -> None:
    started, stopped = asyncio.Event(), asyncio.Event()

    async def run(_work: JobWork) -> dict[str, Any]:
        started.set()
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()
        return {}

    async with working(table, run):
        job = await table.add()
        await started.wait()
        await table.service.cancel(PERSONAL_PROJECT, job.id)
        await until(table, job.id, JobState.CANCELLED)
    assert stopped.is_set()


async def test_a_fault_is_told_as_a_sentence_without_its_secrets(table: JobTable) -> None:
    async def run(_work: JobWork) -> dict[str, Any]:
        raise RuntimeError("password=hunter2")

    async with working(table, run):
        job = await table.add()
        await until(table, job.id, JobState.FAILED)
    ended = await table.job(job.id)
    assert ended.error_kind == "internal"
    assert ended.error_detail
    assert "hunter2" not in ended.error_detail
    assert "RuntimeError" in ended.error_detail


async def test_bad_media_fails_the_job_on_the_first_try(table: JobTable) -> None:
    tries = 0

    async def run(_work: JobWork) -> dict[str, Any]:
        nonlocal tries
        tries += 1
        raise Invalid("The recording holds no sound.")

    async with working(table, run):
        job = await table.add()
        await until(table, job.id, JobState.FAILED)
    assert tries == 1


async def test_a_store_that_is_away_costs_the_job_no_try(table: JobTable) -> None:
    more_than_its_tries = iter(range(3 * len(table.settings.retry_delays_seconds)))

    async def run(_work: JobWork) -> dict[str, Any]:
        for _ in more_than_its_tries:
            raise StoreAway("10.0.0.7 does not answer.")
        return {}

    async with working(table, run):
        job = await table.add()
        await until(table, job.id, JobState.SUCCEEDED)
    ended = await table.job(job.id)
    assert ended.attempt == 1
    assert "10.0.0.7" not in (ended.error_detail or "")


async def test_a_stopping_worker_hands_its_job_back_untried(table: JobTable) -> None:
    started = asyncio.Event()

    async def run(_work: JobWork) -> dict[str, Any]:
        started.set()
        await asyncio.sleep(60)
        return {}

    async with working(table, run):
        job = await table.add()
        await started.wait()
    handed_back = await table.job(job.id)
    assert (handed_back.state, handed_back.attempt, handed_back.lost_leases) == (JobState.QUEUED, 0, 0)


async def test_a_stopping_worker_lets_a_short_job_end(table: JobTable) -> None:
    started = asyncio.Event()

    async def run(_work: JobWork) -> dict[str, Any]:
        started.set()
        await asyncio.sleep(0.1)
        return {}

    async with working(table, run):
        job = await table.add()
        await started.wait()
    assert (await table.job(job.id)).state == JobState.SUCCEEDED


async def test_a_run_whose_lease_is_lost_stops_and_writes_nothing(table: JobTable) -> None:
    started, stopped = asyncio.Event(), asyncio.Event()
    work: list[JobWork] = []

    async def run(running: JobWork) -> dict[str, Any]:
        work.append(running)
        if len(work) > 1:
            return {"run": 2}
        started.set()
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()
        return {"run": 1}

    async with working(table, run):
        job = await table.add()
        await started.wait()
        await table.expire(work[0].claim)
        await JobQueue(table.database, table.hub, table.settings).reap()
        await until(table, job.id, JobState.SUCCEEDED)
    assert stopped.is_set()
    assert (await table.events(job.id))[-1] == (EventType.COMPLETED, {"run": 2})


async def test_folders_of_killed_runs_are_cleared_and_live_ones_kept(table: JobTable) -> None:
    await table.add()
    live = await table.claim()
    kept = [table.scratch / scratch_name(live.job_id, live.fence), table.scratch / "somebody-elses"]
    dead = table.scratch / scratch_name(live.job_id, live.fence + 1)
    for folder in (*kept, dead):
        folder.mkdir(parents=True)
    await housekeeping(table).clear_scratch()
    assert sorted(table.scratch.iterdir()) == sorted(kept)


async def test_copies_of_processes_that_died_are_cleared_once_they_are_old(table: JobTable) -> None:
    old = [
        table.scratch / name
        for name in ("tmpabcd_123", "tmpabcd1234.mp4", "speech-abcd1234", "kpis-0_abcd12")
    ]
    kept = [table.scratch / name for name in ("tmpyoung123", "fetches", "templates", "voice-sample")]
    for path in (*old, *kept):
        path.mkdir(parents=True)
        (path / "sound.wav").write_bytes(b"x")
    copy = table.scratch / "tmpcopy1234.wav"
    copy.write_bytes(b"x")
    then = time.time() - timedelta(days=3).total_seconds()
    for path in (*old, *kept[1:], copy):
        os.utime(path, (then, then))
    await housekeeping(table).clear_scratch()
    assert sorted(table.scratch.iterdir()) == sorted(kept)


async def test_a_run_that_begins_while_folders_are_cleared_keeps_its_own(
    table: JobTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    await table.add()
    dead, begun = table.scratch / scratch_name(new_id(), 1), list[Path]()
    dead.mkdir(parents=True)
    reading = table.database.reading

    @asynccontextmanager
    async def begins_after_the_look() -> AsyncIterator[AsyncSession]:
        async with reading() as session:
            yield session
        monkeypatch.setattr(table.database, "reading", reading)
        claim = await table.claim()
        begun.append(table.scratch / scratch_name(claim.job_id, claim.fence))
        begun[0].mkdir()

    monkeypatch.setattr(table.database, "reading", begins_after_the_look)
    await housekeeping(table).clear_scratch()
    assert list(table.scratch.iterdir()) == begun


async def test_a_housekeeper_whose_schedules_broke_ends_and_tells_so(
    table: JobTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(_self: Schedules) -> None:
        raise KeyError("x")

    monkeypatch.setattr(Schedules, "run", breaks)
    with pytest.raises(ExceptionGroup) as raised:
        await housekeeping(table).run()
    assert raised.group_contains(KeyError)


async def test_a_worker_is_listed_while_it_lives(table: JobTable) -> None:
    workers = Workers(table.database, table.settings)
    keeping = asyncio.create_task(housekeeping(table).run())
    async with asyncio.timeout(30):
        while not (alive := await workers.alive()):  # noqa: ASYNC110  a row has no event
            await asyncio.sleep(0.02)
    (listed,) = alive
    assert (listed.id, listed.queues, listed.slots) == (str(Owner.this_process()), ["cpu", "urgent"], 2)
    keeping.cancel()
    await asyncio.wait({keeping})
    assert not await workers.alive()
