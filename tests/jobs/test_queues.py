import pytest
from tests.jobs.table import JobTable
from tests.servers.both import ON_BOTH

from surtitle.jobs.offer import Offer
from surtitle.jobs.owner import Owner
from surtitle.jobs.placement import NoSuchQueue
from surtitle.jobs.queues import QueueNotFound, Queues, QueueState, waiting_queues
from surtitle.jobs.workers import Presence, Workers


@ON_BOTH
async def test_a_paused_queue_begins_no_job_until_it_is_resumed(table: JobTable) -> None:
    queues = Queues(table.database, table.hub, table.settings)
    await table.add()
    paused = await queues.pause("cpu")
    assert (paused.queued, paused.running) == (1, 0)
    assert await table.queue.claim(Offer(), Owner.this_process()) is None
    assert (await queues.pause("cpu")).paused_at == paused.paused_at, "it is paused since the first time"
    assert (await queues.resume("cpu")).paused_at is None
    await table.claim()


async def test_what_runs_goes_on_in_a_paused_queue(table: JobTable) -> None:
    await table.add()
    claim = await table.claim()
    await Queues(table.database, table.hub, table.settings).pause("cpu")
    assert await table.queue.beat(claim)
    assert await table.queue.succeed(claim, {})


async def test_only_a_queue_that_exists_can_be_paused(table: JobTable) -> None:
    with pytest.raises(QueueNotFound, match="there are cpu, gpu"):
        await Queues(table.database, table.hub, table.settings).pause("cpo")


async def test_queues_tell_what_waits_and_who_could_do_it(table: JobTable) -> None:
    workers = Workers(table.database, table.settings)
    await workers.show(Owner.this_process(), Presence(Offer(("cpu", "night")), slots=3))
    for _ in range(3):
        await table.add()
    await table.claim()
    listed = await Queues(table.database, table.hub, table.settings).list()
    assert listed == [
        QueueState("cpu", None, 2, 1, 3),
        QueueState("gpu", None, 0, 0, 0),
        QueueState("night", None, 0, 0, 3),
    ]


async def test_a_job_goes_into_the_queue_that_it_names(table: JobTable) -> None:
    job = await table.add(queue="gpu")
    async with table.database.reading() as session:
        assert await waiting_queues(session) == ["gpu"]
    assert await table.queue.claim(Offer(), Owner.this_process()) is None
    claim = await table.queue.claim(Offer(("gpu",)), Owner.this_process())
    assert claim is not None
    assert claim.job_id == job.id
    with pytest.raises(NoSuchQueue):
        await table.add(queue="gpo")
