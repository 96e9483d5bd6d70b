"""Every engine gives the same numbers, and they are right."""

import csv
import statistics
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from tests.analytics.moments import happen, made_up, pay, store

from surtitle.analytics.duckdb_engine import DuckdbEngine, extracted
from surtitle.analytics.engine import DayFigures
from surtitle.analytics.postgresql_engine import PostgresqlEngine
from surtitle.analytics.sources import SOURCES
from surtitle.db.engine import Database
from surtitle.usage.periods import Period, day_at

SINCE = datetime(2031, 3, 28, 12, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Madrid")
DAYS: Mapping[date, Period] = {
    day: day_at(day, ZONE) for day in (date(2031, 3, 28) + timedelta(days=number) for number in range(5))
}
MEMORY_BYTES = 64 * 1024**2


async def fill(database: Database, jobs: int) -> None:
    await happen(database, *made_up(jobs, SINCE, 4))
    for number in range(50):
        await pay(database, -0.1 * number, SINCE + timedelta(hours=number), UUID(int=number % 4 + 1))
        await store(database, 1e12 + number, SINCE + timedelta(hours=number), UUID(int=number % 4 + 1))


def duckdb(database: Database, scratch: Path) -> DuckdbEngine:
    return DuckdbEngine(database, scratch, MEMORY_BYTES)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_duckdb_and_postgresql_agree_to_the_last_digit(database: Database, tmp_path: Path) -> None:
    await fill(database, 2_000)
    by_postgresql = await PostgresqlEngine(database).figures(DAYS)
    assert len(by_postgresql) == 5 * 3 + 3
    assert await duckdb(database, tmp_path / "scratch").figures(DAYS) == by_postgresql


async def test_the_numbers_are_those_that_python_finds(database: Database, tmp_path: Path) -> None:
    await fill(database, 1_000)
    found = {(line.day, line.project_id): line.values for line in await figures(database, tmp_path)}
    expected = by_hand(list(made_up(1_000, SINCE, 4)))
    assert {key for key in found if key[1].int < 4} == set(expected)
    for key, values in expected.items():
        assert {name: found[key][name] for name in values} == pytest.approx(values, abs=1e-6)


async def figures(database: Database, tmp_path: Path) -> Sequence[DayFigures]:
    return await duckdb(database, tmp_path / "scratch").figures(DAYS)


def by_hand(events: list[dict[str, Any]]) -> dict[tuple[date, UUID], dict[str, Any]]:
    told: dict[tuple[date, UUID], list[dict[str, Any]]] = {}
    for event in events:
        day = event["happened_at"].astimezone(ZONE).date()
        if day in DAYS:
            told.setdefault((day, event["project_id"]), []).append(event)
    return {key: summed(some) for key, some in told.items()}


def summed(events: list[dict[str, Any]]) -> dict[str, Any]:
    of = {kind: [one for one in events if one["kind"] == kind] for kind in ("created", "succeeded", "failed")}
    done = of["succeeded"]
    durations = [one["processing_ms"] / 1000 for one in done]
    waits = [one["wait_ms"] / 1000 for one in done + of["failed"] if one["wait_ms"] is not None]
    heard = [one for one in done if one["media_ms"]]
    return {
        "jobs_created": len(of["created"]),
        "jobs_succeeded": len(done),
        "jobs_failed": len(of["failed"]),
        "success_rate": len(done) / (len(done) + len(of["failed"])),
        "duration_mean_seconds": statistics.fmean(durations),
        "duration_median_seconds": statistics.median(durations),
        "duration_p95_seconds": statistics.quantiles(durations, n=100, method="inclusive")[94],
        "wait_mean_seconds": statistics.fmean(waits),
        "wait_p95_seconds": statistics.quantiles(waits, n=100, method="inclusive")[94],
        "real_time_factor": sum(one["processing_ms"] for one in heard)
        / sum(one["media_ms"] for one in heard),
        "minutes_in": sum(one["media_ms"] for one in of["created"]) / 60_000,
        "films_out": sum(one["recipe"] == "film" for one in done),
        "active_people": len({one["user_id"] for one in of["created"]} - {None}),
    }


async def test_the_copy_for_duckdb_names_nobody_and_is_gone_afterwards(
    database: Database, tmp_path: Path
) -> None:
    await fill(database, 100)
    people = {str(one["user_id"]) for one in made_up(100, SINCE, 4)} - {"None"}
    folder = tmp_path / "copy"
    folder.mkdir()
    await extracted(database, DAYS, folder)
    text = "".join(file.read_text() for file in folder.iterdir())
    assert {path.stem for path in folder.iterdir()} == set(SOURCES)
    assert not [person for person in people if person in text]
    with (folder / "kpi_events.csv").open() as file:
        assert len(list(csv.reader(file))) > 100
    await figures(database, tmp_path)
    assert list((tmp_path / "scratch").iterdir()) == []


async def test_duckdb_works_in_a_folder_with_a_strange_name(database: Database, tmp_path: Path) -> None:
    await fill(database, 10)
    assert await duckdb(database, tmp_path / "it's {here} *").figures(DAYS)


async def test_a_day_without_anything_has_no_line(database: Database, tmp_path: Path) -> None:
    assert await figures(database, tmp_path) == []


async def test_duckdb_fetches_nothing_from_elsewhere(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whatever it wanted to install would lie in its home.
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    await fill(database, 10)
    assert await figures(database, tmp_path)
    assert not (tmp_path / "home").exists()
