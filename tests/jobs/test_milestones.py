from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from tests.jobs.table import JobTable, opened_table
from tests.servers.both import ON_BOTH

from surtitle.config import Settings
from surtitle.db.job_models import Job
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.db.time import epoch_now
from surtitle.ids import new_id
from surtitle.jobs.acceptance import Acceptance, NewJob
from surtitle.jobs.milestones import JobMilestone, Milestone, Milestones
from surtitle.jobs.parts import JobParts
from surtitle.jobs.queue import Claim, Failure, JobQueue
from surtitle.jobs.service import JobService
from surtitle.usage.quotas import Quotas

pytestmark = ON_BOTH

CREATED, SUCCEEDED = JobMilestone.JOB_CREATED, JobMilestone.JOB_SUCCEEDED
FAILED, CANCELLED = JobMilestone.JOB_FAILED, JobMilestone.JOB_CANCELLED


@dataclass
class Told:
    table: JobTable
    heard: list[Milestone]
    refuse: JobMilestone | None = None

    async def __call__(self, session: AsyncSession, milestone: Milestone) -> None:
        # What is told of is there to be seen, in the same transaction.
        assert await session.get(Job, milestone.job_id) is not None
        if milestone.kind is self.refuse:
            raise RuntimeError("this one cannot write")
        self.heard.append(milestone)

    def of(self, job_id: UUID) -> list[JobMilestone]:
        return [milestone.kind for milestone in self.heard if milestone.job_id == job_id]


@pytest.fixture
async def told(tmp_path: Path, database_url: str | None) -> AsyncIterator[Told]:
    async with opened_table(tmp_path, database_url=database_url) as table:
        listener = Told(table, [])
        milestones = Milestones([listener])
        quotas = Quotas(Settings(data_dir=tmp_path, _env_file=None))
        acceptance = Acceptance(lambda *_: None, quotas, milestones=milestones)
        table.queue = JobQueue(table.database, table.hub, table.settings, milestones)
        table.service = JobService(table.database, table.store, table.hub, acceptance, milestones=milestones)
        yield listener


async def test_a_job_is_told_of_when_it_is_accepted_and_when_it_succeeds(told: Told) -> None:
    owner = new_id()
    job = await told.table.service.create(
        NewJob(PERSONAL_PROJECT, "transcript", told.table.media_id, created_by=owner), "key"
    )
    again = await told.table.service.create(
        NewJob(PERSONAL_PROJECT, "transcript", told.table.media_id, created_by=owner), "key"
    )
    await told.table.queue.succeed(await told.table.claim(), {})
    assert again.id == job.id
    assert told.of(job.id) == [CREATED, SUCCEEDED]
    first = told.heard[0]
    assert (first.project_id, first.recipe, first.owner_id) == (PERSONAL_PROJECT, "transcript", owner)


async def test_only_the_last_failure_of_a_job_is_told(told: Told) -> None:
    job = await told.table.add()
    await told.table.queue.fail(await told.table.claim(), Failure("engine-died", "x", passing=True))
    await told.table.queue.hand_back(await _claimed_when_due(told.table))
    await told.table.queue.fail(await told.table.claim(), Failure("bad-input", "said aloud", passing=False))
    assert told.of(job.id) == [CREATED, FAILED]
    assert told.heard[-1].error_kind == "bad-input"
    assert "said aloud" not in repr(told.heard)


async def test_a_job_that_takes_its_workers_down_is_told_to_have_failed(told: Told) -> None:
    job = await told.table.add()
    for _ in range(told.table.settings.max_lost_leases):
        await told.table.expire(await told.table.claim())
        await told.table.queue.reap()
    assert told.of(job.id) == [CREATED, FAILED]
    assert told.heard[-1].error_kind == "poison"


async def test_a_cancelled_job_is_told_of_once_however_it_ends(told: Told) -> None:
    waiting = await told.table.add()
    await told.table.service.cancel(PERSONAL_PROJECT, waiting.id)
    stopped, lost = await told.table.add(), await told.table.add()
    for ended in (stopped, lost):
        claim = await told.table.claim()
        await told.table.service.cancel(PERSONAL_PROJECT, ended.id)
        assert told.of(ended.id) == [CREATED]
        if ended is stopped:
            await told.table.queue.cancelled(claim)
        else:
            await told.table.expire(claim)
            await told.table.queue.reap()
    for ended in (waiting, stopped, lost):
        assert told.of(ended.id) == [CREATED, CANCELLED]


async def test_an_abandoned_job_is_told_to_be_cancelled(told: Told) -> None:
    job = await told.table.add()
    async with told.table.database.writing() as session:
        await session.execute(
            update(Job).where(Job.id == job.id).values(abandoned_after_epoch=epoch_now() - 1.0)
        )
    await told.table.queue.cancel_abandoned()
    assert told.of(job.id) == [CREATED, CANCELLED]


async def test_parts_of_a_job_are_no_news(told: Told) -> None:
    whole = await told.table.add()
    parts = JobParts(await told.table.work(await told.table.claim()))
    await parts.offer(0, {})
    await told.table.queue.succeed(await told.table.claim(), {})
    await parts.offer(1, {})
    await told.table.queue.fail(await told.table.claim(), Failure("x", "x", passing=False))
    assert [milestone.job_id for milestone in told.heard] == [whole.id]


async def test_a_listener_that_cannot_write_undoes_the_change(told: Told) -> None:
    job = await told.table.add()
    claim = await told.table.claim()
    told.refuse = SUCCEEDED
    with pytest.raises(RuntimeError):
        await told.table.queue.succeed(claim, {})
    assert await told.table.queue.beat(claim)
    told.refuse = CREATED
    with pytest.raises(RuntimeError):
        await told.table.add()
    async with told.table.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Job)) == 1
    assert told.of(job.id) == [CREATED]


async def _claimed_when_due(table: JobTable) -> Claim:
    async with table.database.writing() as session:
        await session.execute(update(Job).values(run_at_epoch=0.0))
    return await table.claim()
