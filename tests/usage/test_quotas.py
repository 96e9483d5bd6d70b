import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from tests.jobs.table import JobTable
from tests.servers.both import ON_BOTH
from tests.usage.ledger import entries, limit

from surtitle.clock import utc_now
from surtitle.config import ServerSettings, Settings
from surtitle.db.account_models import UsageEntry
from surtitle.db.job_models import Job
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.domain.time_zones import zone_named
from surtitle.ids import new_id
from surtitle.jobs.queue import Failure
from surtitle.usage.errors import MinutesUsedUp, StorageUsedUp
from surtitle.usage.metering import Work
from surtitle.usage.periods import day_at, days_within, month_of
from surtitle.usage.quotas import Left, Quotas


async def count_jobs(table: JobTable) -> int:
    async with table.database.reading() as session:
        return await session.scalar(select(func.count()).select_from(Job)) or 0


@ON_BOTH
async def test_of_two_requests_for_the_last_minute_one_is_accepted(limited: JobTable) -> None:
    await limit(limited.database, minutes_a_month=1.0)
    answers = await asyncio.gather(limited.add(), limited.add(), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Job", "MinutesUsedUp"]
    assert await count_jobs(limited) == 1
    assert len(await entries(limited.database)) == 2


async def test_a_refusal_says_what_is_used_what_is_left_and_when_it_renews(limited: JobTable) -> None:
    await limit(limited.database, minutes_a_month=1.5)
    await limited.add()
    with pytest.raises(MinutesUsedUp, match=r"needs 1 minutes.* used 1 of its 1\.5 .* 0\.5 are left") as told:
        await limited.add()
    renews_at = month_of(utc_now(), UTC).end.isoformat()
    assert told.value.fields == {"used_minutes": 1.0, "minutes_left": 0.5, "renews_at": renews_at}


@ON_BOTH
async def test_minutes_of_work_that_failed_can_be_used_again(limited: JobTable) -> None:
    await limit(limited.database, minutes_a_month=1.0)
    job = await limited.add()
    await limited.queue.fail(await limited.claim(), Failure("x", "x", passing=False))
    other = await limited.add()
    with pytest.raises(MinutesUsedUp):
        await limited.service.retry(PERSONAL_PROJECT, job.id)
    await limited.service.cancel(PERSONAL_PROJECT, other.id)
    await limited.service.retry(PERSONAL_PROJECT, job.id)


@ON_BOTH
async def test_minutes_are_whole_again_in_a_new_month(limited: JobTable) -> None:
    await limit(limited.database, minutes_a_month=1.0)
    await limited.add()
    month = month_of(utc_now(), UTC)
    for moment, left in ((month.start, 0.0), (month.start - timedelta(microseconds=1), 1.0)):
        async with limited.database.writing() as session:
            await session.execute(update(UsageEntry).values(created_at=moment))
            quotas = Quotas(Settings(server=ServerSettings(auth="required")))
            assert (await quotas.left(session, PERSONAL_PROJECT)).minutes == left
    await limited.add()


async def test_a_project_without_room_for_a_byte_starts_nothing(limited: JobTable) -> None:
    await limit(limited.database, storage_bytes=1)
    with pytest.raises(StorageUsedUp, match="keeps 1 of the 1 bytes"):
        await limited.add()
    assert await count_jobs(limited) == 0


async def test_a_project_without_room_for_a_byte_may_still_have_something_said(limited: JobTable) -> None:
    await limit(limited.database, storage_bytes=1)
    speech = Work(
        PERSONAL_PROJECT, None, new_id(), "speech", "hibari", 0.0, generated_seconds=3.0, is_job=False
    )
    async with limited.database.writing() as session:
        await limited.quotas.reserve(session, speech)
    assert await entries(limited.database) == [("generated_seconds", 3.0, "reserved")]


async def test_a_personal_installation_has_no_quotas(table: JobTable, tmp_path: Path) -> None:
    await limit(table.database, minutes_a_month=0.0, storage_bytes=0)
    await table.add()
    async with table.database.reading() as session:
        assert await Quotas(Settings(data_dir=tmp_path)).left(session, PERSONAL_PROJECT) == Left()


def test_months_and_days_begin_at_midnight_where_people_live() -> None:
    madrid = zone_named("Europe/Madrid")
    month = month_of(datetime(2026, 2, 28, 23, 30, tzinfo=UTC), madrid)
    assert month.start == datetime(2026, 2, 28, 23, tzinfo=UTC)
    # The clocks change within March.
    assert month.end == datetime(2026, 3, 31, 22, tzinfo=UTC)
    days = days_within(month, madrid)
    assert len(days) == 31
    assert day_at(min(days), madrid).start == month.start
    assert max(period.end for period in days.values()) == month.end


def test_a_time_zone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        zone_named("../../etc/passwd")


@ON_BOTH
async def test_more_sound_than_was_told_is_reserved_when_it_is_heard(limited: JobTable) -> None:
    await limit(limited.database, minutes_a_month=2.0)
    await limited.add()
    work = await limited.work(await limited.claim())
    # What a header rounds and an encoder pads is nobody's to pay.
    for seconds, reserved in ((61.0, 60.0), (90.0, 90.0), (90.0, 90.0), (30.0, 90.0)):
        await work.heard(seconds)
        assert ("audio_seconds", reserved, "reserved") in await entries(limited.database)
    with pytest.raises(MinutesUsedUp, match=r"needs 0\.51 minutes.* used 1\.5 of its 2 "):
        await work.heard(120.5)
    assert await limited.queue.succeed(work.claim, {})
    assert await entries(limited.database) == [("audio_seconds", 90.0, "settled"), ("jobs", 1.0, "settled")]


async def test_what_was_heard_once_is_asked_for_at_once_the_next_time(limited: JobTable) -> None:
    await limit(limited.database, minutes_a_month=2.0)
    job = await limited.add()
    work = await limited.work(await limited.claim())
    await work.heard(110.0)
    await limited.queue.fail(work.claim, Failure("x", "x", passing=False))
    await limited.add()
    with pytest.raises(MinutesUsedUp):
        await limited.service.retry(PERSONAL_PROJECT, job.id)


async def test_who_takes_a_text_from_a_transcript_pays_for_no_sound(limited: JobTable) -> None:
    await limited.add()
    work = await limited.work(await limited.claim())
    work.job.transcript_revision = 1
    await work.heard(900.0)
    assert ("audio_seconds", 60.0, "reserved") in await entries(limited.database)
