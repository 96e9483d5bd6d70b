"""Jobs are counted in the transactions in which they begin and end."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update
from tests.jobs.table import QUICK, JobTable, opened_table
from tests.servers.both import ON_BOTH

from surtitle.analytics.events import collect_missed, note_milestone
from surtitle.clock import utc_now
from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.db.job_models import Job
from surtitle.db.kpi_models import KpiEvent
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.ids import new_id
from surtitle.jobs.acceptance import Acceptance
from surtitle.jobs.milestones import Milestones
from surtitle.jobs.queue import Failure, JobQueue
from surtitle.jobs.service import JobService
from surtitle.usage.periods import Period
from surtitle.usage.quotas import Quotas

EVER = Period(datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
BROKEN = Failure("x", "x", passing=False)


@pytest.fixture
async def counted(tmp_path: Path, database_url: str | None) -> AsyncIterator[JobTable]:
    """A job table whose jobs are counted."""
    async with opened_table(tmp_path, database_url=database_url) as table:
        told = Milestones([note_milestone])
        accepting = Acceptance(lambda *_: None, Quotas(Settings(data_dir=tmp_path)), milestones=told)
        table.queue = JobQueue(table.database, table.hub, QUICK, told)
        table.service = JobService(table.database, table.store, table.hub, accepting, milestones=told)
        yield table


async def events(database: Database) -> list[KpiEvent]:
    async with database.reading() as session:
        return list(await session.scalars(select(KpiEvent).order_by(KpiEvent.happened_at)))


async def kinds(database: Database) -> list[str]:
    return [event.kind for event in await events(database)]


@ON_BOTH
async def test_a_job_is_counted_when_it_begins_and_when_it_ends(counted: JobTable) -> None:
    person, before = new_id(), utc_now()
    job = await counted.add(created_by=person)
    await counted.queue.succeed(await counted.claim(), {})
    created, ended = await events(counted.database)
    assert (created.kind, ended.kind) == ("created", "succeeded")
    for event in (created, ended):
        assert (event.job_id, event.project_id, event.user_id) == (job.id, PERSONAL_PROJECT, person)
        assert (event.recipe, event.media_ms) == ("transcript", 60_000)
        assert before <= event.happened_at <= utc_now()
    assert (created.wait_ms, created.processing_ms) == (None, None)
    assert ended.wait_ms is not None
    assert ended.processing_ms is not None
    assert 0 <= ended.wait_ms < 60_000
    assert 0 <= ended.processing_ms < 60_000


@ON_BOTH
async def test_a_job_that_is_deleted_stays_counted(counted: JobTable) -> None:
    job = await counted.add()
    await counted.queue.fail(await counted.claim(), BROKEN)
    await counted.service.delete(PERSONAL_PROJECT, job.id)
    assert await kinds(counted.database) == ["created", "failed"]


@ON_BOTH
async def test_each_kind_of_end_counts_once_however_often_a_job_is_run(counted: JobTable) -> None:
    job = await counted.add()
    for _ in range(2):
        await counted.queue.fail(await counted.claim(), BROKEN)
        await counted.service.retry(PERSONAL_PROJECT, job.id)
    await counted.queue.succeed(await counted.claim(), {})
    found = await events(counted.database)
    assert [event.kind for event in found] == ["created", "failed", "succeeded"]
    # How long it waited the second time nobody can tell: its row knows its first beginning.
    assert found[-1].wait_ms is None


@ON_BOTH
async def test_a_job_that_was_called_off_before_it_began_has_not_waited(counted: JobTable) -> None:
    job = await counted.add()
    await counted.service.cancel(PERSONAL_PROJECT, job.id)
    assert [(event.kind, event.wait_ms) for event in await events(counted.database)] == [
        ("created", None), ("cancelled", None),
    ]  # fmt: skip


@ON_BOTH
async def test_jobs_that_nobody_counted_are_found_once(counted: JobTable) -> None:
    done, _waits = await counted.add(), await counted.add()
    await counted.queue.succeed(await counted.claim(), {})
    async with counted.database.writing() as session:
        await session.execute(delete(KpiEvent))
    assert await collect_missed(counted.database, EVER) == 3
    assert await collect_missed(counted.database, EVER) == 0
    found = await events(counted.database)
    assert sorted(event.kind for event in found) == ["created", "created", "succeeded"]
    job = await counted.job(done.id)
    (end,) = (event for event in found if event.kind == "succeeded")
    assert (end.happened_at, end.processing_ms) == (job.finished_at, round(job.processing_seconds * 1000))


@ON_BOTH
async def test_parts_of_a_job_and_jobs_of_other_days_are_not_collected(counted: JobTable) -> None:
    whole, part = await counted.add(), await counted.add()
    async with counted.database.writing() as session:
        await session.execute(delete(KpiEvent))
        await session.execute(update(Job).where(Job.id == part.id).values(parent_id=whole.id, part=0))
    yesterday = Period(utc_now() - timedelta(days=2), utc_now() - timedelta(days=1))
    assert await collect_missed(counted.database, yesterday) == 0
    assert await collect_missed(counted.database, EVER) == 1
    assert [event.job_id for event in await events(counted.database)] == [whole.id]


async def test_more_jobs_than_are_read_at_once_are_collected(counted: JobTable) -> None:
    job = await counted.add()
    async with counted.database.writing() as session:
        session.add_all(
            Job(
                project_id=PERSONAL_PROJECT, surface="native", recipe="transcript", options={},
                state="failed", finished_at=utc_now(),
            )
            for _ in range(600)
        )  # fmt: skip
    assert await collect_missed(counted.database, EVER) == 1200
    assert len(await events(counted.database)) == 1201
    assert job.id in {event.job_id for event in await events(counted.database)}
