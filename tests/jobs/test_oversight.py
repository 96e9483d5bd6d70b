"""What those who run an installation see of all projects' jobs, and taking one from a worker that hangs."""

from uuid import UUID

import pytest
from sqlalchemy import update
from tests.api.installation import UNKNOWN_ID
from tests.jobs.table import JobTable
from tests.servers.both import ON_BOTH

from surtitle.db.job_models import Job
from surtitle.domain.jobs import JobState
from surtitle.jobs.errors import JobNotFound, JobStateConflict
from surtitle.jobs.filters import JobFilter
from surtitle.jobs.oversight import Oversight
from surtitle.jobs.queue import Failure
from surtitle.jobs.schedule_runs import ScheduleRuns
from surtitle.jobs.schedules import Schedule, Schedules

OTHER = UUID(UNKNOWN_ID)


@ON_BOTH
async def test_jobs_are_seen_with_how_long_they_wait_and_who_holds_them(table: JobTable) -> None:
    oversight = Oversight(table.database, table.queue)
    first, second = await table.add(), await table.add()
    claim = await table.claim()
    [running] = await oversight.running(10)
    assert (running.job.id, running.project) == (claim.job_id, "Personal")
    assert running.lease_seconds is not None
    assert 0 < running.lease_seconds <= table.settings.lease_seconds
    [waiting] = await oversight.waiting(10)
    assert {running.job.id, waiting.job.id} == {first.id, second.id}
    assert waiting.lease_seconds is None
    assert waiting.worked_seconds is None
    assert list(await oversight.oldest_seconds()) == ["cpu"]
    assert await table.queue.fail(claim, Failure("no-sound", "It holds no sound.", passing=False))
    [failed] = await oversight.failed_lately(10)
    assert failed.job.id == claim.job_id


@ON_BOTH
async def test_jobs_of_all_projects_or_of_one_are_listed_page_by_page(table: JobTable) -> None:
    oversight = Oversight(table.database, table.queue)
    jobs = [await table.add() for _ in range(3)]
    async with table.database.writing() as session:
        theirs = Job.id.in_([job.id for job in jobs[1:]])
        await session.execute(update(Job).where(theirs).values(project_id=OTHER))
    first = await oversight.page(JobFilter(), None, 2)
    second = await oversight.page(JobFilter(), first.next_cursor, 2)
    assert [seen.job.id for seen in (*first.items, *second.items)] == [job.id for job in reversed(jobs)]
    assert second.next_cursor is None
    assert [seen.project for seen in second.items] == ["Personal"]
    of_one = await oversight.page(JobFilter(state=JobState.QUEUED), None, 9, OTHER)
    assert {seen.job.id for seen in of_one.items} == {job.id for job in jobs[1:]}
    assert not (await oversight.page(JobFilter(state=JobState.FAILED), None, 9)).items


@ON_BOTH
async def test_a_job_is_taken_from_a_worker_and_loses_no_try(table: JobTable) -> None:
    await table.add()
    claim = await table.claim()
    job = await Oversight(table.database, table.queue).put_back(claim.job_id)
    assert (job.state, job.attempt, job.lost_leases) == (JobState.QUEUED, 0, 0)
    # Its worker finds out, and what it still writes counts for nothing.
    assert not await table.queue.beat(claim)
    assert not await table.queue.succeed(claim, {})
    again = await table.claim()
    assert again.job_id == claim.job_id
    assert again.fence > claim.fence
    assert await table.queue.succeed(again, {})


async def test_a_job_whose_end_was_asked_for_ends_when_it_is_taken(table: JobTable) -> None:
    job = await table.add()
    claim = await table.claim()
    await table.service.cancel(job.project_id, job.id)
    assert (await Oversight(table.database, table.queue).put_back(claim.job_id)).state == JobState.CANCELLED


async def test_only_a_job_that_a_worker_holds_is_taken(table: JobTable) -> None:
    oversight = Oversight(table.database, table.queue)
    job = await table.add()
    with pytest.raises(JobStateConflict):
        await oversight.put_back(job.id)
    with pytest.raises(JobNotFound):
        await oversight.put_back(type(job.id)(UNKNOWN_ID))
    assert (await table.claim()).job_id == job.id


async def test_the_last_run_of_each_task_is_told(table: JobTable) -> None:
    async def fails() -> None:
        raise OSError("no")

    async def goes_well() -> None:
        return None

    tasks = [Schedule("bad", 1e9, fails), Schedule("good", 1e9, goes_well)]
    await Schedules(table.database, table.settings, tasks).run_due()
    bad, good = await ScheduleRuns(table.database).last()
    assert (bad.name, bad.finished_at, bad.at_work) == ("bad", None, False)
    assert good.finished_at is not None
