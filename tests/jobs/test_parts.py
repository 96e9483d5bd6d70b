"""The rows of a job's parts: on offer, taken back, ended with their whole, and shown to nobody."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select, update
from tests.jobs.table import QUICK, JobTable
from tests.servers.both import ON_BOTH

from surtitle.clock import utc_now
from surtitle.db.account_models import Project
from surtitle.db.job_models import Artifact, Job, Queue, Worker
from surtitle.db.models import PERSONAL_PROJECT, Discarded
from surtitle.db.time import epoch_now
from surtitle.domain.jobs import JobState
from surtitle.errors import NotFound
from surtitle.figures.queues import QueueFigures
from surtitle.jobs.errors import LeaseLost
from surtitle.jobs.figures import JobFigures
from surtitle.jobs.filters import JobFilter
from surtitle.jobs.offer import Needs, Offer
from surtitle.jobs.owner import Owner
from surtitle.jobs.part_endings import PartSweeper
from surtitle.jobs.parts import JobParts, sound_name
from surtitle.jobs.queue import Claim, Failure
from surtitle.jobs.work import JobWork
from surtitle.usage.storage import stored_bytes

pytestmark = ON_BOTH

FOR_GOOD = Failure("invalid", "It cannot be heard.", passing=False)


async def shared(table: JobTable, *numbers: int) -> tuple[JobWork, JobParts]:
    """A running job with these parts on offer."""
    await table.add(priority=3)
    work = await table.work(await table.claim())
    parts = JobParts(work)
    for number in numbers:
        await work.save(sound_name(number), b"sound", media_type="audio/wav", kind="part")
        await parts.offer(number, {"number": number})
    return work, parts


async def take(table: JobTable) -> Claim:
    claim = await table.queue.claim(Offer(), Owner.this_process())
    assert claim is not None
    return claim


async def rows(table: JobTable, parent: Any) -> dict[int | None, str]:
    async with table.database.reading() as session:
        found = await session.execute(select(Job.part, Job.state).where(Job.parent_id == parent))
        return {part: state for part, state in found}  # noqa: C416  a Row is no pair to the type checker


async def swept(table: JobTable) -> int:
    return await PartSweeper(table.database, table.store, table.hub).sweep()


async def test_parts_are_taken_in_order_and_each_by_one(table: JobTable) -> None:
    work, parts = await shared(table, 1, 2, 3)
    theirs = await table.work(await take(table))
    assert (theirs.job.parent_id, theirs.job.part, theirs.job.priority) == (work.id, 1, 3)
    assert await parts.take_back() == 2
    assert await parts.take_back() == 3
    assert await parts.take_back() is None
    assert list(await parts.known()) == [1]
    assert await table.queue.claim(Offer(), Owner.this_process()) is None
    assert [artifact.name for artifact in await work.artifacts("parts/")] == [sound_name(1)]


async def test_nobody_is_shown_a_part_and_nobody_pays_for_it(table: JobTable) -> None:
    work, _ = await shared(table, 1, 2)
    part = await table.work(await take(table))
    await part.save("windows/000001.json", b"{}", media_type="application/json")
    with pytest.raises(NotFound):
        await table.service.get(PERSONAL_PROJECT, part.id)
    listed = await table.service.list(PERSONAL_PROJECT, JobFilter(), None, 10)
    assert [job.id for job in listed.items] == [work.id]
    figures = JobFigures(table.database)
    told = {
        (figure, labels): value
        for figure, labels, value in await QueueFigures(table.database, table.settings).read()
    }
    assert told["surtitle_jobs", ("running",)] == 1
    assert told["surtitle_queue_jobs", ("cpu", "running")] == 2, "workers have the part before them too"
    assert (await figures.totals(PERSONAL_PROJECT)).by_recipe == {"transcript": 1}
    async with table.database.reading() as session:
        assert await stored_bytes(session, PERSONAL_PROJECT) == 1, "the recording alone"


async def test_parts_end_when_their_whole_does(table: JobTable) -> None:
    work, _ = await shared(table, 1, 2)
    running = await take(table)
    assert await table.queue.cancelled(work.claim)
    assert await table.queue.wishes(running) == (True, True)
    assert await rows(table, work.id) == {1: JobState.RUNNING, 2: JobState.CANCELLED}
    assert await work.artifacts("parts/") == []
    assert await table.queue.cancelled(running)
    assert await swept(table) == 2
    assert await rows(table, work.id) == {}


async def cancelled_while_it_waits(table: JobTable, work: JobWork) -> None:
    await table.queue.hand_back(work.claim)
    await table.service.cancel(PERSONAL_PROJECT, work.id)


async def abandoned_while_it_waits(table: JobTable, work: JobWork) -> None:
    await table.queue.hand_back(work.claim)
    async with table.database.writing() as session:
        await session.execute(update(Job).where(Job.id == work.id).values(abandoned_after_epoch=1.0))
    assert await table.queue.cancel_abandoned() == 1


async def cancelled_and_its_worker_lost(table: JobTable, work: JobWork) -> None:
    await table.service.cancel(PERSONAL_PROJECT, work.id)
    await table.expire(work.claim)
    assert await table.queue.reap() == 1


async def poisoned(table: JobTable, work: JobWork) -> None:
    async with table.database.writing() as session:
        await session.execute(
            update(Job).where(Job.id == work.id).values(lost_leases=QUICK.max_lost_leases - 1)
        )
    await table.expire(work.claim)
    assert await table.queue.reap() == 1


@pytest.mark.parametrize(
    "ends", [cancelled_while_it_waits, abandoned_while_it_waits, cancelled_and_its_worker_lost, poisoned]
)
async def test_sound_for_helpers_goes_however_the_whole_ends(
    table: JobTable, ends: Callable[[JobTable, JobWork], Awaitable[None]]
) -> None:
    work, _ = await shared(table, 1, 2)
    laid_out = {artifact.object_key for artifact in await work.artifacts("parts/")}
    await ends(table, work)
    assert await work.artifacts("parts/") == []
    assert await rows(table, work.id) == {1: JobState.CANCELLED, 2: JobState.CANCELLED}
    async with table.database.reading() as session:
        discarded = set((await session.scalars(select(Discarded.object_key))).all())
    assert laid_out <= discarded


async def test_a_job_that_runs_again_keeps_what_its_parts_have_heard(table: JobTable) -> None:
    work, _ = await shared(table, 1, 2)
    await table.queue.succeed(await take(table), {})
    await table.queue.fail(await take(table), FOR_GOOD)
    await table.queue.fail(work.claim, FOR_GOOD)
    await table.service.retry(PERSONAL_PROJECT, work.id)
    again = JobParts(await table.work(await table.claim()))
    assert {number: part.state for number, part in (await again.known()).items()} == {1: JobState.SUCCEEDED}
    assert await swept(table) == 0


async def test_a_part_of_a_deleted_job_leaves_nothing(table: JobTable) -> None:
    work, _ = await shared(table, 1)
    claim = await take(table)
    part = await table.work(claim)
    await table.queue.cancelled(work.claim)
    await table.service.delete(PERSONAL_PROJECT, work.id)
    await part.save("windows/000001.json", b"{}", media_type="application/json")
    assert await swept(table) == 1, "told to stop"
    assert await table.queue.cancelled(claim)
    # What a run has left that had lost its lease, and no row names.
    await table.store.put_bytes(f"jobs/{work.id}/parts/{part.id}/7/windows/000009.json", b"{}")
    await swept(table)
    assert [key async for key in table.store.keys(f"jobs/{work.id}")] == []
    async with table.database.reading() as session:
        assert (await session.scalars(select(Job.id).where(Job.parent_id.is_not(None)))).all() == []
        assert (await session.scalars(select(Artifact.id))).all() == []
        assert (await session.scalars(select(Discarded.object_key))).all() != []


async def test_a_run_that_lost_its_job_neither_offers_nor_takes(table: JobTable) -> None:
    work, parts = await shared(table, 1)
    await table.queue.hand_back(work.claim)
    with pytest.raises(LeaseLost):
        await parts.take_back()
    with pytest.raises(LeaseLost):
        await parts.offer(2, {})
    assert list(await rows(table, work.id)) == [1]


async def show_workers(table: JobTable, *workers: tuple[str, str, int, float]) -> None:
    """Name, queue, slots, and how many seconds ago each was seen."""
    async with table.database.writing() as session:
        now = await session.scalar(select(epoch_now()))
        assert now is not None
        for name, queue, slots, ago in workers:
            able = {"queues": [queue], "engines": [], "memory_bytes": 2**30}
            session.add(Worker(id=name, host="h", pid=1, slots=slots, seen_epoch=now - ago, **able))


async def test_helpers_are_the_idle_slots_of_those_who_can_do_the_job(table: JobTable) -> None:
    work, parts = await shared(table)
    assert await parts.helpers() == 0
    us, other = str(Owner.this_process()), Owner("far", 7, "1")
    await show_workers(
        table, (us, "cpu", 2, 0), (str(other), "cpu", 3, 0), ("c", "gpu", 4, 0), ("d", "cpu", 5, 1000)
    )
    assert await parts.helpers() == 1 + 3
    await parts.offer(1, {})
    assert await table.queue.claim(Offer(), other)
    assert await parts.helpers() == 1 + 3, "one is at a part of this job"
    await table.add()
    assert await table.queue.claim(Offer(), other)
    assert await parts.helpers() == 1 + 2, "and one at another job"
    assert await JobParts(work, Needs(memory_bytes=2**31)).helpers() == 0


async def test_nobody_helps_from_a_paused_queue_or_beyond_what_the_project_may_run(table: JobTable) -> None:
    _, parts = await shared(table)
    await show_workers(table, ("b", "cpu", 9, 0))
    async with table.database.writing() as session:
        await session.execute(update(Project).where(Project.id == PERSONAL_PROJECT).values(parallel_jobs=3))
    assert await parts.helpers() == 2
    async with table.database.writing() as session:
        session.add(Queue(name="cpu", paused_at=utc_now()))
    assert await parts.helpers() == 0


async def test_a_part_asks_for_what_its_whole_really_uses(table: JobTable) -> None:
    await table.add()
    work = await table.work(await table.claim())
    await JobParts(work, Needs("whisper", 2**30)).offer(1, {})
    assert await table.queue.claim(Offer(memory_bytes=2**29), Owner.this_process()) is None
    part = await table.work(await take(table))
    assert (part.job.engine, part.job.memory_bytes) == ("whisper", 2**30)
