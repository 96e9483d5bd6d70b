import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from tests.jobs.table import JobTable

from surtitle.config import AccountSettings, Settings
from surtitle.db.account_models import UsageEntry
from surtitle.db.job_models import Artifact
from surtitle.db.models import PERSONAL_PROJECT, Media
from surtitle.ids import new_id
from surtitle.usage.storage import StorageMeter

NOON = datetime(2031, 5, 10, 12, tzinfo=UTC)
SOMEBODY = new_id()


def meter(table: JobTable) -> StorageMeter:
    return StorageMeter(table.database, Settings(data_dir=table.scratch))


async def keep(table: JobTable, size_bytes: int, created_at: datetime, **fields: Any) -> None:
    async with table.database.writing() as session:
        session.add(
            Media(
                project_id=PERSONAL_PROJECT,
                name="more",
                object_key=f"media/{new_id()}",
                size_bytes=size_bytes,
                sha256="1" * 64,
                content_type="audio/wav",
                duration_seconds=1.0,
                probe={},
                created_at=created_at,
                **fields,
            )
        )


async def settled(table: JobTable) -> list[tuple[str, float]]:
    query = select(UsageEntry).where(UsageEntry.kind == "storage_byte_days")
    async with table.database.reading() as session:
        return sorted((f"{row.created_at:%d}", row.amount) for row in await session.scalars(query))


async def test_a_day_is_settled_once_by_however_many_processes(table: JobTable) -> None:
    meters = [meter(table) for _ in range(4)]
    await asyncio.gather(*(each.settle_days(NOON) for each in meters))
    assert [await each.settle_days(NOON) for each in (*meters, meter(table))] == [0] * 5
    assert await settled(table) == [("09", 1.0)]


async def test_days_on_which_nothing_ran_are_settled_later(table: JobTable) -> None:
    await meter(table).settle_days(NOON)
    await keep(table, 10, NOON)
    assert await meter(table).settle_days(NOON + timedelta(days=3)) == 3
    assert await settled(table) == [("09", 1.0), ("10", 11.0), ("11", 11.0), ("12", 11.0)]


async def test_recordings_and_what_jobs_made_count_for_whoever_brought_them(table: JobTable) -> None:
    before = NOON - timedelta(days=2)
    await keep(table, 100, before, created_by=SOMEBODY)
    await keep(table, 5000, NOON)
    job = await table.add(created_by=SOMEBODY)
    async with table.database.writing() as session:
        session.add(
            Artifact(
                job_id=job.id,
                name="a.srt",
                kind="result",
                object_key="a",
                media_type="text/plain",
                size_bytes=20,
                sha256="2" * 64,
                created_at=before,
            )
        )
    await meter(table).settle_days(NOON)
    query = select(UsageEntry.user_id, UsageEntry.amount).where(UsageEntry.kind == "storage_byte_days")
    async with table.database.reading() as session:
        assert {(user_id, amount) for user_id, amount in await session.execute(query)} == {
            (None, 1.0),
            (SOMEBODY, 120.0),
        }


async def test_a_day_ends_at_midnight_of_the_installations_time_zone(table: JobTable) -> None:
    accounts = AccountSettings(time_zone="Pacific/Auckland")
    # Past noon in UTC it is past midnight there.
    await StorageMeter(table.database, Settings(data_dir=table.scratch, accounts=accounts)).settle_days(
        NOON + timedelta(hours=1)
    )
    async with table.database.reading() as session:
        (entry,) = await session.scalars(select(UsageEntry))
    assert entry.created_at == datetime(2031, 5, 9, 12, tzinfo=UTC)
