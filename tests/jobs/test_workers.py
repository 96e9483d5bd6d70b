import asyncio

import pytest
from sqlalchemy import select, update
from tests.jobs.table import JobTable
from tests.servers.both import ON_BOTH

from surtitle.db.job_models import Job, Worker
from surtitle.domain.jobs import EventType
from surtitle.jobs.offer import Needs, Offer
from surtitle.jobs.owner import Owner
from surtitle.jobs.workers import Presence, Unserved, Workers

SMALL = Offer(("cpu",), frozenset({"dummy"}), memory_bytes=1_000)


@ON_BOTH
async def test_a_job_that_no_living_worker_can_do_says_so_until_one_begins_it(table: JobTable) -> None:
    # A lease that outlasts a busy machine: the job's time is set back below.
    workers = Workers(table.database, table.settings.model_copy(update={"lease_seconds": 50.0}))
    await workers.show(Owner.this_process(), Presence(SMALL))
    job, easy = await table.add(), await table.add()
    async with table.database.writing() as session:
        needs = {"engine": "dummy", "memory_bytes": 2 * 1024**3}
        await session.execute(update(Job).where(Job.id == job.id).values(**needs))
    assert await workers.unserved() == [Unserved("cpu", Needs("dummy", 2 * 1024**3))]
    assert await workers.warn_unserved() == 0, "it has only just come"
    async with table.database.writing() as session:
        await session.execute(update(Job).values(run_at_epoch=Job.run_at_epoch - 60))
    assert [await workers.warn_unserved() for _ in range(2)] == [1, 0]
    (warning,) = (await table.job(job.id)).warnings
    assert "needs one with the queue 'cpu', the engine 'dummy', 2.0 GiB" in warning["detail"]
    assert (await table.events(job.id))[-1][0] is EventType.WARNING
    assert (await table.job(easy.id)).warnings == []
    assert {(await table.claim()).job_id for _ in range(2)} == {job.id, easy.id}
    assert (await table.job(job.id)).warnings == []


async def test_a_silent_worker_counts_for_nothing(table: JobTable) -> None:
    workers = Workers(table.database, table.settings)
    await workers.show(Owner.this_process(), Presence(Offer(("cpu",), frozenset(), 1)))
    await table.add()
    assert (len(await workers.alive()), await workers.unserved()) == (1, [])
    async with table.database.writing() as session:
        await session.execute(update(Worker).values(seen_epoch=Worker.seen_epoch - 3))
    assert (len(await workers.alive()), await workers.unserved()) == (0, [Unserved("cpu")])


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_workers_that_find_each_other_silent_do_not_wait_for_each_other(table: JobTable) -> None:
    workers = Workers(table.database, table.settings)
    here, there = Owner.this_process(), Owner("far", 1, "1")
    for owner in (here, there):
        await workers.show(owner, Presence(SMALL))
    async with table.database.writing() as session:
        await session.execute(update(Worker).values(seen_epoch=Worker.seen_epoch - 3600))
    async with table.database.writing() as showing_itself:
        await showing_itself.execute(update(Worker).where(Worker.id == str(there)).values(slots=2))
        async with asyncio.timeout(20):
            await workers.show(here, Presence(SMALL))
    async with table.database.reading() as session:
        assert set(await session.scalars(select(Worker.id))) == {str(here), str(there)}
