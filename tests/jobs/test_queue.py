import asyncio
import subprocess
import sys

import pytest
from sqlalchemy import select, update
from tests.jobs.table import QUICK, JobTable
from tests.servers.both import ON_BOTH

from surtitle.db.job_models import Artifact, Job
from surtitle.db.models import PERSONAL_PROJECT, Discarded
from surtitle.db.time import epoch_now
from surtitle.domain.jobs import EventType, JobState
from surtitle.jobs.offer import GPU, Offer
from surtitle.jobs.owner import Owner
from surtitle.jobs.queue import Claim, Failure

pytestmark = ON_BOTH


async def test_a_job_is_claimed_once(table: JobTable) -> None:
    jobs = [await table.add() for _ in range(5)]
    claims = await asyncio.gather(*(table.queue.claim(Offer(), Owner.this_process()) for _ in range(12)))
    won = [claim.job_id for claim in claims if claim]
    assert sorted(won) == sorted(job.id for job in jobs)


async def test_the_urgent_come_first_and_then_the_oldest(table: JobTable) -> None:
    first, second = await table.add(), await table.add()
    urgent = await table.add(priority=5)
    assert [(await table.claim()).job_id for _ in range(3)] == [urgent.id, first.id, second.id]


async def test_a_queue_that_is_not_served_keeps_its_jobs(table: JobTable) -> None:
    await table.add()
    assert await table.queue.claim(Offer((GPU,)), Owner.this_process()) is None


async def test_a_beat_keeps_the_lease_and_fails_once_the_job_is_anothers(table: JobTable) -> None:
    await table.add()
    old = await table.claim()
    assert await table.queue.beat(old)
    await table.expire(old)
    assert await table.queue.reap() == 1
    new = await table.claim()
    assert new.fence == old.fence + 1
    assert not await table.queue.beat(old)
    assert await table.queue.wishes(old) == (False, False)


async def test_a_zombie_can_settle_nothing(table: JobTable) -> None:
    job = await table.add()
    zombie = await table.claim()
    await table.expire(zombie)
    await table.queue.reap()
    owner = await table.claim()
    assert not await table.queue.succeed(zombie, {"from": "zombie"})
    assert not await table.queue.fail(zombie, Failure("x", "x", passing=False))
    assert not await table.queue.cancelled(zombie)
    assert not await table.queue.hand_back(zombie)
    assert await table.queue.succeed(owner, {"from": "owner"})
    completed = [data for kind, data in await table.events(job.id) if kind is EventType.COMPLETED]
    assert completed == [{"from": "owner"}]


async def test_a_passing_fault_is_tried_four_times_in_all(table: JobTable) -> None:
    job = await table.add()
    for attempt in range(1, 5):
        await asyncio.sleep(0.06)
        claim = await table.claim()
        assert claim.attempt == attempt
        await table.queue.fail(claim, Failure("engine-died", "the engine died", passing=True))
    ended = await table.job(job.id)
    assert (ended.state, ended.error_kind) == (JobState.FAILED, "engine-died")
    retries = [data for kind, data in await table.events(job.id) if data.get("retry_in_seconds")]
    assert len(retries) == 3


async def test_a_retry_waits_its_time(table: JobTable) -> None:
    table.queue._settings = QUICK.model_copy(update={"retry_delays_seconds": (60.0,)})
    await table.add()
    await table.queue.fail(await table.claim(), Failure("busy", "later", passing=True))
    assert await table.queue.claim(Offer(), Owner.this_process()) is None


async def test_bad_input_fails_at_once(table: JobTable) -> None:
    job = await table.add()
    await table.queue.fail(await table.claim(), Failure("invalid", "no sound", passing=False))
    assert (await table.job(job.id)).state == JobState.FAILED
    assert (await table.events(job.id))[-1] == (EventType.ERROR, {"type": "invalid", "detail": "no sound"})


async def test_a_lost_worker_costs_the_job_no_attempt(table: JobTable) -> None:
    job = await table.add()
    claim = await table.claim()
    await table.expire(claim)
    await table.queue.reap()
    again = await table.claim()
    assert again.attempt == 1
    assert (await table.job(job.id)).lost_leases == 1


async def test_a_job_that_takes_down_worker_after_worker_is_poison(table: JobTable) -> None:
    job = await table.add()
    for _ in range(QUICK.max_lost_leases):
        await table.expire(await table.claim())
        await table.queue.reap()
    ended = await table.job(job.id)
    assert (ended.state, ended.error_kind) == (JobState.FAILED, "poison")
    assert ended.finished_at is not None


async def test_a_dead_process_of_this_machine_is_noticed_before_its_lease_ends(table: JobTable) -> None:
    await table.add()
    with subprocess.Popen(  # noqa: ASYNC220  starting it takes no time
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE
    ) as process:
        owner = Owner.of_process(process.pid)
        assert await table.queue.claim(Offer(), owner)
        assert await table.queue.reap() == 0
        process.kill()
    assert await table.queue.reap() == 1


async def test_a_job_marked_for_cancel_is_not_run_again_after_its_worker_is_lost(table: JobTable) -> None:
    job = await table.add()
    claim = await table.claim()
    await table.service.cancel(PERSONAL_PROJECT, job.id)
    await table.expire(claim)
    await table.queue.reap()
    ended = await table.job(job.id)
    assert ended.state == JobState.CANCELLED
    assert ended.finished_at is not None


async def _since(table: JobTable, claim: Claim, claimed: float, lease_left: float = 60.0) -> None:
    """As if the claim were so many seconds old, and its lease had so many left."""
    async with table.database.writing() as session:
        await session.execute(
            update(Job)
            .where(Job.id == claim.job_id)
            .values(claimed_epoch=epoch_now() - claimed, lease_until_epoch=epoch_now() + lease_left)
        )


async def test_work_that_another_worker_goes_on_with_counts(table: JobTable) -> None:
    job = await table.add()
    claim = await table.claim()
    await _since(table, claim, 30.0)
    assert await table.queue.hand_back(claim)
    assert (await table.job(job.id)).processing_seconds == pytest.approx(30.0, abs=2.0)
    claim = await table.claim()
    await _since(table, claim, 10.0)
    assert await table.queue.put_back(job.id)
    assert (await table.job(job.id)).processing_seconds == pytest.approx(40.0, abs=2.0)


async def test_of_a_lost_worker_nothing_counts_after_the_end_of_its_lease(table: JobTable) -> None:
    job = await table.add()
    claim = await table.claim()
    await _since(table, claim, 5000.0, lease_left=-4900.0)
    assert await table.queue.reap() == 1
    assert (await table.job(job.id)).processing_seconds == pytest.approx(100.0, abs=2.0)


async def test_success_drops_the_working_files_and_keeps_the_results(table: JobTable) -> None:
    job = await table.add()
    work = await table.work(await table.claim())
    await work.save("windows/0", b"{}", media_type="application/json", kind="work")
    await work.save("transcript.txt", b"hello", media_type="text/plain")
    [windows] = await work.artifacts("windows/")
    await table.queue.succeed(work.claim, {})
    async with table.database.reading() as session:
        kept = (await session.scalars(select(Artifact.name).where(Artifact.job_id == job.id))).all()
        discarded = (await session.scalars(select(Discarded.object_key))).all()
    assert kept == ["transcript.txt"]
    assert discarded == [windows.object_key]
