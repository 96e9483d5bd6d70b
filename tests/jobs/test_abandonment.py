from uuid import UUID

from sqlalchemy import update
from tests.jobs.table import JobTable

from surtitle.db.job_models import Job
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.domain.jobs import EventType, JobState
from surtitle.jobs.abandonment import keep, wait_on


async def abandon(table: JobTable, job_id: UUID) -> None:
    async with table.database.writing() as session:
        await session.execute(update(Job).where(Job.id == job_id).values(abandoned_after_epoch=1.0))


async def test_an_abandoned_job_that_waits_is_cancelled_at_once_and_tells_so(table: JobTable) -> None:
    abandoned, other = await table.add(), await table.add()
    await abandon(table, abandoned.id)
    assert await table.queue.cancel_abandoned() == 1
    assert (await table.job(abandoned.id)).state == JobState.CANCELLED
    assert (await table.events(abandoned.id))[-1] == (EventType.STATE, {"state": "cancelled"})
    assert (await table.job(other.id)).state == JobState.QUEUED
    assert await table.queue.cancel_abandoned() == 0


async def test_an_abandoned_job_that_runs_is_asked_to_stop(table: JobTable) -> None:
    job = await table.add()
    claim = await table.claim()
    await abandon(table, job.id)
    assert await table.queue.cancel_abandoned() == 1
    assert await table.queue.wishes(claim) == (True, True)
    assert (await table.job(job.id)).state == JobState.RUNNING


async def test_a_job_that_somebody_waits_for_or_wants_kept_goes_on(table: JobTable) -> None:
    waited, kept = await table.add(), await table.add()
    for job in (waited, kept):
        await abandon(table, job.id)
    async with table.database.writing() as session:
        await wait_on(session, waited.id, 60.0)
        await keep(session, kept.id)
    assert await table.queue.cancel_abandoned() == 0


async def test_an_abandoned_job_that_a_person_runs_again_is_no_longer_abandoned(table: JobTable) -> None:
    job = await table.add()
    await abandon(table, job.id)
    await table.queue.cancel_abandoned()
    await table.service.retry(PERSONAL_PROJECT, job.id)
    assert await table.queue.cancel_abandoned() == 0
    assert (await table.job(job.id)).state == JobState.QUEUED


async def test_a_job_that_has_ended_is_not_abandoned(table: JobTable) -> None:
    job = await table.add()
    await abandon(table, job.id)
    await table.queue.succeed(await table.claim(), {})
    assert await table.queue.cancel_abandoned() == 0
    assert (await table.job(job.id)).state == JobState.SUCCEEDED
