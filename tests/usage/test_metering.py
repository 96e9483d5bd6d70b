from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import SQLAlchemyError
from tests.jobs.table import QUICK, JobTable
from tests.servers.both import ON_BOTH
from tests.usage.ledger import entries, states

from surtitle.clock import utc_now
from surtitle.db.account_models import UsageEntry
from surtitle.db.job_models import Job
from surtitle.db.models import PERSONAL_PROJECT, StoredTranscript
from surtitle.domain.jobs import JobState
from surtitle.ids import new_id
from surtitle.jobs.acceptance import NewJob
from surtitle.jobs.queue import Failure
from surtitle.usage.metering import Work, meter, release_forgotten

HOPELESS = Failure("no-sound", "It holds no sound.", passing=False)
PASSING = Failure("busy", "Later.", passing=True)


async def succeed(table: JobTable, _job_id: UUID) -> None:
    assert await table.queue.succeed(await table.claim(), {})


async def fail(table: JobTable, _job_id: UUID) -> None:
    await table.queue.fail(await table.claim(), HOPELESS)


async def fail_for_now(table: JobTable, _job_id: UUID) -> None:
    await table.queue.fail(await table.claim(), PASSING)


async def cancel_waiting(table: JobTable, job_id: UUID) -> None:
    await table.service.cancel(PERSONAL_PROJECT, job_id)


async def cancel_running(table: JobTable, job_id: UUID) -> None:
    claim = await table.claim()
    await table.service.cancel(PERSONAL_PROJECT, job_id)
    assert await states(table.database, job_id) == ["reserved"]
    assert await table.queue.cancelled(claim)


async def abandon(table: JobTable, job_id: UUID) -> None:
    async with table.database.writing() as session:
        await session.execute(update(Job).where(Job.id == job_id).values(abandoned_after_epoch=1.0))
    assert await table.queue.cancel_abandoned() == 1


async def delete_waiting(table: JobTable, job_id: UUID) -> None:
    await table.service.delete(PERSONAL_PROJECT, job_id)


async def delete_finished(table: JobTable, job_id: UUID) -> None:
    await succeed(table, job_id)
    await table.service.delete(PERSONAL_PROJECT, job_id)


async def lose_worker(table: JobTable, _job_id: UUID) -> None:
    await table.expire(await table.claim())
    assert await table.queue.reap() == 1


async def lose_worker_while_cancelling(table: JobTable, job_id: UUID) -> None:
    claim = await table.claim()
    await table.service.cancel(PERSONAL_PROJECT, job_id)
    await table.expire(claim)
    assert await table.queue.reap() == 1


async def poison(table: JobTable, job_id: UUID) -> None:
    for _ in range(QUICK.max_lost_leases):
        await lose_worker(table, job_id)
    assert (await table.job(job_id)).state == JobState.FAILED


async def hand_back(table: JobTable, _job_id: UUID) -> None:
    assert await table.queue.hand_back(await table.claim())


async def zombie(table: JobTable, job_id: UUID) -> None:
    lost = await table.claim()
    await table.expire(lost)
    await table.queue.reap()
    assert not await table.queue.succeed(lost, {})
    assert (await table.job(job_id)).state == JobState.QUEUED


async def retry(table: JobTable, job_id: UUID) -> None:
    await fail(table, job_id)
    await table.service.retry(PERSONAL_PROJECT, job_id)


async def retry_well(table: JobTable, job_id: UUID) -> None:
    await retry(table, job_id)
    await succeed(table, job_id)


@pytest.mark.parametrize(
    ("happen", "expected"),
    [
        (succeed, ["settled"]),
        (fail, ["released"]),
        (fail_for_now, ["reserved"]),
        (cancel_waiting, ["released"]),
        (cancel_running, ["released"]),
        (abandon, ["released"]),
        (delete_waiting, ["released"]),
        (delete_finished, ["settled"]),
        (lose_worker, ["reserved"]),
        (lose_worker_while_cancelling, ["released"]),
        (poison, ["released"]),
        (hand_back, ["reserved"]),
        (zombie, ["reserved"]),
        (retry, ["released", "reserved"]),
        (retry_well, ["released", "settled"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
@ON_BOTH
async def test_only_a_job_that_succeeds_has_used_something(
    table: JobTable, happen: Callable[[JobTable, UUID], Awaitable[None]], expected: list[str]
) -> None:
    job = await table.add()
    assert await entries(table.database) == [("audio_seconds", 60.0, "reserved"), ("jobs", 1.0, "reserved")]
    await happen(table, job.id)
    assert await states(table.database, job.id) == expected


async def test_a_job_cannot_end_without_settling_what_it_used(table: JobTable) -> None:
    job = await table.add()
    claim = await table.claim()
    async with table.database.writing() as session:
        await session.execute(
            text("CREATE TRIGGER dies BEFORE UPDATE ON usage BEGIN SELECT RAISE(ABORT, 'killed'); END")
        )
    with pytest.raises(SQLAlchemyError, match="killed"):
        await table.queue.succeed(claim, {})
    assert (await table.job(job.id)).state == JobState.RUNNING
    assert await states(table.database, job.id) == ["reserved"]


async def test_a_repeated_request_reserves_once(table: JobTable) -> None:
    wish = NewJob(PERSONAL_PROJECT, "transcript", table.media_id)
    job = await table.service.create(wish, idempotency_key="k")
    await table.service.create(wish, idempotency_key="k")
    assert await states(table.database, job.id) == ["reserved"]


async def test_a_job_that_is_only_laid_down_uses_nothing_until_it_is_started(table: JobTable) -> None:
    job = await table.add(start=False)
    assert await entries(table.database) == []
    await table.service.start(PERSONAL_PROJECT, job.id, "subtitles", {})
    assert await states(table.database, job.id) == ["reserved"]


async def test_text_that_is_there_already_is_not_recognised_again(table: JobTable) -> None:
    async with table.database.writing() as session:
        text_of = StoredTranscript(
            project_id=PERSONAL_PROJECT, name="talk", media_id=table.media_id, duration_seconds=60.0
        )
        session.add(text_of)
    await table.add(recipe="subtitles", transcript_id=text_of.id)
    assert await entries(table.database) == [("jobs", 1.0, "reserved")]


async def test_what_a_dead_process_reserved_for_speech_is_given_back(
    table: JobTable,
) -> None:
    job = await table.add()
    old, young = (
        Work(
            PERSONAL_PROJECT, None, new_id(), "speech", "hibari", 0.0, generated_seconds=seconds, is_job=False
        )
        for seconds in (3.0, 5.0)
    )
    async with table.database.writing() as session:
        meter(session, old)
        await session.flush()
        await session.execute(update(UsageEntry).values(created_at=utc_now() - timedelta(hours=2)))
        meter(session, young)

    await release_forgotten(table.database)

    speech = [entry for entry in await entries(table.database) if entry[0] == "generated_seconds"]
    assert speech == [("generated_seconds", 3.0, "released"), ("generated_seconds", 5.0, "reserved")]
    assert set(await states(table.database, job.id)) == {"reserved"}
