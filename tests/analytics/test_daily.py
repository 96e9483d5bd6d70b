from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, text, update
from tests.analytics.moments import event, happen, lines, pay, settings_in, store
from tests.servers.both import ON_BOTH

from surtitle.analytics.daily import ComputedDay, DailyFigures
from surtitle.bootstrap.analytics import open_analytics
from surtitle.db.engine import Database
from surtitle.db.kpi_models import KpiDay, KpiEvent
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.errors import Invalid
from surtitle.ids import new_id

DAY = date(2031, 5, 10)
NOON = datetime(2031, 5, 10, 12, tzinfo=UTC)
NEXT_DAY = NOON + timedelta(days=1)
ANA, BEN = new_id(), new_id()


def daily(database: Database, zone: str = "UTC", **analytics: Any) -> DailyFigures:
    return open_analytics(settings_in(database, zone, **analytics), database).daily()


def told(done: Sequence[ComputedDay]) -> list[tuple[str, int, int]]:
    return [(f"{one.day:%m-%d}", one.events, one.late) for one in done]


@ON_BOTH
async def test_a_day_tells_what_a_project_did(database: Database) -> None:
    await happen(
        database,
        *(event("created", NOON, media_ms=60_000, user_id=user) for user in (ANA, ANA, BEN, None)),
        *(
            event("succeeded", NOON, media_ms=60_000, processing_ms=ms, wait_ms=ms // 10)
            for ms in (10_000, 20_000, 60_000)
        ),
        event("succeeded", NOON, recipe="film", processing_ms=2_000, user_id=ANA),
        event("failed", NOON, processing_ms=900_000, wait_ms=500),
        event("cancelled", NOON),
        event("created", NOON, project=ANA),
    )
    await pay(database, -3.5, NOON)
    await pay(database, 1.0, NOON)
    await store(database, 123_456_789.0, NOON)
    assert [one.projects for one in await daily(database).compute_due(NEXT_DAY)] == [2]
    (theirs, others) = sorted(await lines(database), key=lambda line: line.jobs_created, reverse=True)
    assert (theirs.day, theirs.project_id, theirs.time_zone) == (DAY, PERSONAL_PROJECT, "UTC")
    assert (theirs.jobs_created, theirs.jobs_succeeded, theirs.jobs_failed, theirs.jobs_cancelled) == (
        4, 4, 1, 1,
    )  # fmt: skip
    assert theirs.success_rate == 0.8
    assert (theirs.duration_mean_seconds, theirs.duration_median_seconds) == (23.0, 15.0)
    assert theirs.duration_p95_seconds == 54.0
    assert (theirs.wait_mean_seconds, theirs.wait_median_seconds) == (2.375, 1.5)
    assert theirs.wait_p95_seconds == 5.4
    assert theirs.real_time_factor == 0.5
    assert (theirs.minutes_in, theirs.films_out, theirs.active_people) == (4.0, 1, 2)
    assert (theirs.credits, theirs.storage_bytes) == (2.5, 123_456_789)
    assert theirs.events == 13
    assert (others.project_id, others.jobs_created, others.success_rate) == (ANA, 1, None)
    assert (others.duration_p95_seconds, others.real_time_factor, others.credits) == (None, None, 0.0)


@ON_BOTH
async def test_computing_a_day_again_changes_nothing(database: Database) -> None:
    await happen(database, event("created", NOON), event("failed", NOON))
    figures = daily(database)
    assert told(await figures.compute_due(NEXT_DAY)) == [("05-10", 2, 0)]
    assert await figures.compute_due(NEXT_DAY) == []
    assert told(await figures.compute(DAY, DAY, NEXT_DAY)) == [("05-10", 2, 0)]
    (line,) = await lines(database)
    assert (line.jobs_created, line.jobs_failed, line.events) == (1, 1, 2)


@ON_BOTH
async def test_what_comes_late_has_its_day_computed_again_and_no_other(database: Database) -> None:
    await happen(database, event("created", NOON), event("created", NOON - timedelta(days=2)))
    figures = daily(database)
    await figures.compute_due(NEXT_DAY)
    await happen(database, event("succeeded", NOON - timedelta(days=2)), event("failed", NOON))
    await pay(database, -1.0, NOON)
    assert told(await figures.compute_due(NEXT_DAY)) == [("05-08", 2, 1), ("05-10", 3, 2)]
    assert [(line.jobs_succeeded, line.credits) for line in await lines(database)] == [(1, 0.0), (0, 1.0)]


@ON_BOTH
async def test_a_project_that_was_counted_and_is_gone_leaves_no_line(database: Database) -> None:
    await happen(database, event("created", NOON, project=ANA), event("created", NOON))
    figures = daily(database)
    await figures.compute_due(NEXT_DAY)
    async with database.writing() as session:
        await session.execute(
            update(KpiEvent).where(KpiEvent.project_id == ANA).values(project_id=PERSONAL_PROJECT)
        )
    await figures.compute(DAY, DAY, NEXT_DAY)
    assert [(line.project_id, line.jobs_created) for line in await lines(database)] == [(PERSONAL_PROJECT, 2)]


@ON_BOTH
async def test_a_day_that_is_not_over_is_not_computed_by_itself(database: Database) -> None:
    await happen(database, event("created", NOON), event("created", NOON + timedelta(days=40)))
    figures = daily(database)
    assert await figures.compute_due(NOON) == []
    assert told(await figures.compute(DAY, DAY, NOON)) == [("05-10", 1, 0)]
    await happen(database, event("failed", NOON))
    assert told(await figures.compute_due(NEXT_DAY)) == [("05-10", 2, 1)]


@ON_BOTH
async def test_days_begin_at_midnight_of_the_time_zone(database: Database) -> None:
    madrid = ZoneInfo("Europe/Madrid")
    moments = [
        datetime(2031, 5, 10, 0, 0, tzinfo=madrid),
        datetime(2031, 5, 10, 23, 59, 59, 999999, tzinfo=madrid),
        datetime(2031, 5, 11, 0, 0, tzinfo=madrid),
    ]
    await happen(database, *(event("created", moment) for moment in moments))
    await daily(database, "Europe/Madrid").compute_due(NOON + timedelta(days=3))
    assert [(f"{line.day:%d}", line.jobs_created) for line in await lines(database)] == [("10", 2), ("11", 1)]
    # By UTC the first of them was on the day before.
    assert told(await daily(database).compute_due(NOON + timedelta(days=3))) == [
        ("05-09", 1, 0), ("05-10", 2, 0), ("05-11", 0, -1),
    ]  # fmt: skip
    assert [(f"{line.day:%d}", line.time_zone) for line in await lines(database)] == [
        ("09", "UTC"), ("10", "UTC"),
    ]  # fmt: skip


@ON_BOTH
@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Madrid", date(2031, 3, 30), 23),
        ("Europe/Madrid", date(2031, 10, 26), 25),
        # Clocks change at midnight: a day without its first hour, and one that has it twice.
        ("Africa/Cairo", date(2025, 4, 25), 23),
        ("America/Havana", date(2025, 11, 2), 25),
        ("Australia/Lord_Howe", date(2025, 4, 6), 24.5),
    ],
)
async def test_a_day_on_which_clocks_change_is_whole(
    database: Database, zone: str, day: date, hours: float
) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    end = start + timedelta(hours=hours)
    edges = [start - timedelta(microseconds=1), start, end - timedelta(microseconds=1), end]
    halves = [start + timedelta(minutes=30 * number) for number in range(int(hours * 2))]
    await happen(database, *(event("created", moment) for moment in edges + halves))
    await daily(database, zone).compute_due(end + timedelta(days=3))
    found = {line.day: line.jobs_created for line in await lines(database)}
    assert found == {day - timedelta(days=1): 1, day: len(halves) + 2, day + timedelta(days=1): 1}


@ON_BOTH
async def test_a_day_that_a_country_left_out_has_nothing_in_it(database: Database) -> None:
    # Samoa went from the 29th of December 2011 to the 31st.
    crossing = datetime(2011, 12, 30, 10, tzinfo=UTC)
    await happen(database, event("created", crossing - timedelta(hours=1)), event("created", crossing))
    await daily(database, "Pacific/Apia").compute_due(crossing + timedelta(days=3))
    assert [(f"{line.day:%m-%d}", line.jobs_created) for line in await lines(database)] == [
        ("12-29", 1), ("12-31", 1),
    ]  # fmt: skip


@ON_BOTH
async def test_a_clock_set_back_over_midnight_loses_and_doubles_nothing(database: Database) -> None:
    before, after = NEXT_DAY.replace(hour=0, minute=1), NOON.replace(hour=23, minute=50)
    await happen(database, event("created", NOON), event("created", before))
    figures = daily(database)
    await figures.compute_due(before)
    # An hour's clock is wrong: work goes on in a day that was computed already.
    await happen(database, event("created", after))
    assert await figures.compute_due(after) == []
    assert told(await figures.compute_due(before + timedelta(hours=1))) == [("05-10", 2, 1)]
    await figures.compute_due(before + timedelta(days=1))
    assert [(f"{line.day:%d}", line.jobs_created) for line in await lines(database)] == [("10", 2), ("11", 1)]


@ON_BOTH
async def test_a_range_is_filled_in_and_the_days_beside_it_stay(database: Database) -> None:
    await happen(database, *(event("created", NOON - timedelta(days=days)) for days in range(80)))
    figures = daily(database, late_days=1)
    done = await figures.compute(DAY - timedelta(days=70), DAY - timedelta(days=2), NEXT_DAY)
    assert len(done) == 69
    assert [line.day for line in await lines(database)] == [one.day for one in done]
    assert told(await figures.compute_due(NEXT_DAY)) == [("05-10", 1, 0)]


@pytest.mark.parametrize(
    ("first", "last"),
    [(DAY, DAY + timedelta(days=2)), (DAY, DAY - timedelta(days=1)), (date(2029, 1, 1), DAY)],
)
async def test_a_range_that_cannot_be_computed_is_refused(
    database: Database, first: date, last: date
) -> None:
    with pytest.raises(Invalid):
        await daily(database).compute(first, last, NEXT_DAY)


@ON_BOTH
async def test_old_events_go_and_their_figures_stay(database: Database) -> None:
    old = NOON - timedelta(days=20)
    await happen(database, event("created", old), event("created", NOON))
    settings: dict[str, Any] = {"late_days": 30, "keep_events_days": 31}
    await daily(database, **settings).compute_due(NEXT_DAY)
    later = NEXT_DAY + timedelta(days=12)
    assert await daily(database, **settings).compute_due(later) == []
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(KpiEvent)) == 1
    assert len(await lines(database)) == 2
    with pytest.raises(Invalid, match="not kept any more"):
        await daily(database, **settings).compute(old.date(), DAY, later)


@ON_BOTH
async def test_the_view_of_the_video_generator_tells_all_projects_of_a_day(database: Database) -> None:
    await happen(
        database,
        event("succeeded", NOON, processing_ms=10_000),
        event("succeeded", NOON, processing_ms=20_000),
        event("succeeded", NOON, project=ANA, processing_ms=60_000),
        event("failed", NOON, project=ANA),
        event("cancelled", NOON, project=BEN),
    )
    await pay(database, -2.0, NOON, ANA)
    await daily(database).compute_due(NEXT_DAY)
    async with database.reading() as session:
        (row,) = (await session.execute(text("SELECT * FROM kpi_spark_daily"))).mappings()
    assert str(row["date"]) == "2031-05-10"
    assert (row["total_jobs"], row["succeeded_jobs"], row["failed_jobs"]) == (5, 3, 1)
    assert (row["success_rate"], row["avg_duration_seconds"], row["credits_used"]) == (0.75, 30.0, 2.0)


async def test_figures_need_columns_for_all_that_is_computed() -> None:
    from surtitle.analytics.engine import NAMES  # noqa: PLC0415
    from surtitle.analytics.figures import FIGURES  # noqa: PLC0415

    assert set(NAMES) == set(FIGURES) <= {column.name for column in KpiDay.__table__.columns}
