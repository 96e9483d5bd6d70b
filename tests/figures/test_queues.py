"""What waits, by queue, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from tests.jobs.table import JobTable
from tests.servers.both import ON_BOTH

from surtitle.clock import utc_now
from surtitle.db.job_models import Job, Queue, Worker
from surtitle.db.time import epoch_now
from surtitle.figures.queues import QueueFigures

pytestmark = ON_BOTH


async def told(table: JobTable) -> dict[tuple[str, tuple[str, ...]], float]:
    samples = await QueueFigures(table.database, table.settings).read()
    assert len({(sample.figure, sample.labels) for sample in samples}) == len(samples), "each series once"
    return {(sample.figure, sample.labels): sample.value for sample in samples}


async def hire(table: JobTable, *queues: str, silent_seconds: float = 0.0) -> None:
    async with table.database.writing() as session:
        now = await session.scalar(select(epoch_now()))
        assert now is not None
        name = f"worker-{'-'.join(queues)}-{silent_seconds}"
        session.add(Worker(id=name, host="here", pid=1, queues=list(queues), seen_epoch=now - silent_seconds))


async def test_queues_that_are_set_up_are_told_while_they_are_empty(table: JobTable) -> None:
    figures = await told(table)
    for queue in table.settings.queues:
        assert figures["surtitle_queue_jobs", (queue, "queued")] == 0
        assert figures["surtitle_queue_oldest_seconds", (queue,)] == 0
        assert figures["surtitle_queue_workers", (queue,)] == 0
        assert figures["surtitle_queue_paused", (queue,)] == 0
    assert figures["surtitle_workers_alive", ()] == 0
    assert figures["surtitle_jobs", ("queued",)] == figures["surtitle_jobs", ("running",)] == 0


async def test_the_oldest_job_that_waits_is_told_by_how_long_it_has_been_due(table: JobTable) -> None:
    first, _second = await table.add(), await table.add()
    async with table.database.writing() as session:
        await session.execute(update(Job).where(Job.id == first.id).values(run_at_epoch=epoch_now() - 90))
    figures = await told(table)
    assert figures["surtitle_queue_jobs", ("cpu", "queued")] == 2
    assert 90 <= figures["surtitle_queue_oldest_seconds", ("cpu",)] < 150
    await table.claim()
    figures = await told(table)
    assert figures["surtitle_queue_jobs", ("cpu", "running")] == 1
    assert figures["surtitle_queue_oldest_seconds", ("cpu",)] < 60


async def test_a_job_that_rests_before_its_next_try_is_not_late(table: JobTable) -> None:
    job = await table.add()
    async with table.database.writing() as session:
        await session.execute(update(Job).where(Job.id == job.id).values(run_at_epoch=epoch_now() + 45))
    assert (await told(table))["surtitle_queue_oldest_seconds", ("cpu",)] == 0


async def test_workers_are_told_by_the_queues_that_they_serve(table: JobTable) -> None:
    await hire(table, "cpu")
    await hire(table, "cpu", "gpu")
    await hire(table, "gpu", silent_seconds=3600)
    figures = await told(table)
    assert figures["surtitle_queue_workers", ("cpu",)] == 2
    assert figures["surtitle_queue_workers", ("gpu",)] == 1
    assert figures["surtitle_workers_alive", ()] == 2


@pytest.mark.parametrize("paused", [True, False])
async def test_a_pause_is_told(table: JobTable, paused: bool) -> None:
    async with table.database.writing() as session:
        session.add(Queue(name="gpu", paused_at=utc_now() - timedelta(hours=1) if paused else None))
    assert (await told(table))["surtitle_queue_paused", ("gpu",)] == float(paused)
