"""Daily figures from a million events, by every engine: the same numbers, and how long each takes.

A month of half a million jobs in twenty projects, by forty people, as rows of `kpi_events`. DuckDB reads them
from a SQLite file and from PostgreSQL 18 on the same machine, PostgreSQL computes by itself, and Spark
(`local[2]`) reads it by JDBC where `make test-spark` has laid it into `.spark/python`. What is measured is a
back-fill of the whole month as an operator types it, from the start of the program to its end. Memory is that
of the largest process of the command; PostgreSQL's own is not in it.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from tests.analytics.moments import lines, made_up
from tests.servers.postgresql import postgresql

from benchmarks.materials import Materials
from benchmarks.report import Report, progress
from surtitle.analytics.written import document
from surtitle.clock import utc_now
from surtitle.db import migrate
from surtitle.db.engine import Database
from surtitle.db.kpi_models import KpiEvent

_JOBS = 500_000
_QUICK_JOBS = 2_000
_DAYS = 31
_PROJECTS = 20
_ROWS_AT_ONCE = 10_000
_MOST_SECONDS = 60.0
_MOST_MEMORY_BYTES = 1024**3
_SPARK = Path(__file__).resolve().parents[1] / ".spark" / "python"

_Lines = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Side:
    """An engine on a database."""

    engine: str
    where: str
    url: str
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Found:
    seconds: float
    memory_bytes: int
    lines: _Lines


def run(report: Report, materials: Materials) -> None:
    jobs = _QUICK_JOBS if materials.quick else _JOBS
    folder = materials.folder / "kpis"
    folder.mkdir()
    with postgresql(folder, 18) as server:
        sqlite = f"sqlite+aiosqlite:///{folder / 'surtitle.db'}"
        url = server.database("kpis")
        for one in (sqlite, url):
            progress(f"{jobs} jobs: writing their events to {one.partition(':')[0]}")
            asyncio.run(_fill(one, jobs))
        server.sql("VACUUM ANALYZE kpi_events", "kpis")
        found = {f"{side.engine} on {side.where}": _computed(side, folder) for side in _sides(sqlite, url)}
    _tell(report, found, jobs)


def _sides(sqlite: str, url: str) -> Iterator[_Side]:
    yield _Side("duckdb", "SQLite", sqlite, {})
    yield _Side("duckdb", "PostgreSQL", url, {"SURTITLE_DATABASE_URL": url})
    yield _Side("postgresql", "PostgreSQL", url, {"SURTITLE_DATABASE_URL": url})
    if _SPARK.is_dir():
        spark = {"PYTHONPATH": str(_SPARK), "SURTITLE_ANALYTICS__SPARK_MASTER": "local[2]"}
        yield _Side("spark", "PostgreSQL", url, {"SURTITLE_DATABASE_URL": url, **spark})


def _first_midnight() -> datetime:
    return datetime.combine(utc_now().date() - timedelta(days=_DAYS + 2), datetime.min.time(), UTC)


async def _fill(url: str, jobs: int) -> None:
    database = Database(url)
    await migrate.upgrade(database)
    events = made_up(jobs, _first_midnight(), _DAYS, projects=_PROJECTS)
    while rows := list(islice(events, _ROWS_AT_ONCE)):
        async with database.writing() as session:
            await session.execute(insert(KpiEvent), rows)
    await database.close()


def _computed(side: _Side, folder: Path) -> _Found:
    progress(f"{side.engine} on {side.where}")
    first = _first_midnight().date()
    command = [
        sys.executable, "-m", "surtitle", "kpis", "compute", "--engine", side.engine,
        "--from", str(first), "--to", str(first + timedelta(days=_DAYS - 1)),
    ]  # fmt: skip
    environment = {**os.environ, "SURTITLE_DATA_DIR": str(folder), **side.variables}
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if status:
        raise RuntimeError(f"surtitle kpis compute --engine {side.engine} ended with {status}")
    return _Found(seconds, used.ru_maxrss * 1024, asyncio.run(_lines(side.url)))


async def _lines(url: str) -> _Lines:
    database = Database(url)
    found = [{**document(line), "computed_at": None} for line in await lines(database)]
    await database.close()
    return found


def _tell(report: Report, found: Mapping[str, _Found], jobs: int) -> None:
    rows = [
        (name, f"{one.seconds:.1f}", f"{one.memory_bytes / 1024**2:.0f}", f"{len(one.lines)}")
        for name, one in found.items()
    ]
    report.table(("engine", "seconds", "memory, MiB", "lines"), rows)
    if not _SPARK.is_dir():
        report.say("Spark is not here: `make test-spark` brings it.")
    first, *others = (one.lines for one in found.values())
    agree = bool(first) and all(one == first for one in others)
    report.aim("every engine gives the same numbers", "they do" if agree else "they differ", met=agree)
    slowest = max(one.seconds for name, one in found.items() if not name.startswith("spark"))
    report.aim(
        f"a month of {2 * jobs:,} events in under {_MOST_SECONDS:.0f} s by DuckDB and by PostgreSQL",
        f"{slowest:.1f} s at most",
        met=slowest < _MOST_SECONDS,
    )
    most = max(one.memory_bytes for name, one in found.items() if name.startswith("duckdb"))
    report.aim(
        "DuckDB's process stays below 1 GiB", f"{most / 1024**2:.0f} MiB", met=most < _MOST_MEMORY_BYTES
    )
