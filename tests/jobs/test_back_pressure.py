import pytest
from sqlalchemy import update
from tests.jobs.table import JobTable

from surtitle.config import JobSettings
from surtitle.db.job_models import Job
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.db.time import epoch_now
from surtitle.jobs.back_pressure import BackPressure
from surtitle.jobs.errors import ProjectQueueFull, QueueFull


async def room(table: JobTable, **limits: int) -> None:
    async with table.database.reading() as session:
        await BackPressure(JobSettings(**limits)).require_room(session, PERSONAL_PROJECT)


async def test_a_full_queue_takes_no_more_until_a_job_begins(table: JobTable) -> None:
    for _ in range(3):
        await table.add()
    await room(table, most_queued=4)
    with pytest.raises(QueueFull, match="3 jobs wait already"):
        await room(table, most_queued=3)
    await table.claim()
    await room(table, most_queued=3)


async def test_a_project_may_fill_its_share_and_no_more(table: JobTable) -> None:
    await table.add()
    with pytest.raises(ProjectQueueFull, match="1 jobs of this project"):
        await room(table, most_queued_of_project=1)
    async with table.database.writing() as session:
        await session.execute(update(Job).values(parent_id=Job.id, part=0))
    await room(table, most_queued_of_project=1, most_queued=1)


async def test_the_time_to_come_back_goes_by_what_runs(table: JobTable) -> None:
    for _ in range(3):
        await table.add()
    assert await retry_after(table) == 60, "nothing runs"
    for _ in range(2):
        await table.claim()
    assert await retry_after(table) == 5, "no sooner than this"
    async with table.database.writing() as session:
        ago = epoch_now() - 200.0
        await session.execute(update(Job).where(Job.claimed_epoch.is_not(None)).values(claimed_epoch=ago))
    assert await retry_after(table) in {100, 101}


async def retry_after(table: JobTable) -> int:
    with pytest.raises(QueueFull) as refused:
        await room(table, most_queued=1)
    return refused.value.retry_after_seconds
