"""How long a page of jobs takes, with ten thousand jobs and with a million.

`GET /api/jobs` of a real server on PostgreSQL 18 on the same machine, 50 jobs a page, one question after
another over one connection: the newest page, pages from anywhere in the list, and the newest page of each
filter. Of the jobs, made over a year, 97 in 100 succeeded, 2 failed and 1 waits; one in a hundred is a
captioned video.
"""

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from uuid import UUID

import httpx
from tests.jobs.table import opened_table
from tests.server import Server
from tests.servers.postgresql import PostgresServer, postgresql

from benchmarks.materials import Materials
from benchmarks.report import Report, progress
from surtitle.db.job_models import Job
from surtitle.paging import encode_cursor

_ROWS = (10_000, 1_000_000)
_QUICK_ROWS = (500, 2_000)
_QUESTIONS = 200
_QUICK_QUESTIONS = 10
_PAGE = 50
_MOST_SECONDS = 0.05
_MOST_TIMES_SLOWER = 1.5

_BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
_YEAR = timedelta(days=365)
_MADE = f"({_BEGIN.timestamp() * 1000:.0f} + n * {_YEAR.total_seconds() * 1000:.0f}::float / rows)::bigint"
_EXPRESSIONS = {
    # UUIDv7, as `ids.new_id` makes them.
    "id": f"(lpad(to_hex({_MADE}), 12, '0') || '70008' || lpad(to_hex(n), 15, '0'))::uuid",
    "created_at": f"to_timestamp({_MADE} / 1000.0)",
    "finished_at": f"CASE n % 100 WHEN 0 THEN NULL ELSE to_timestamp({_MADE} / 1000.0) END",
    "state": "(ARRAY['queued', 'failed', 'failed'] || array_fill('succeeded'::text, ARRAY[97]))[n % 100 + 1]",
    "recipe": "CASE n % 100 WHEN 7 THEN 'captioned-video' ELSE 'transcript' END",
    "events_settled": "true",
}

_Question = Callable[[], Mapping[str, str]]


def run(report: Report, materials: Materials) -> None:
    questions = _QUICK_QUESTIONS if materials.quick else _QUESTIONS
    found: dict[int, dict[str, list[float]]] = {}
    for rows in _QUICK_ROWS if materials.quick else _ROWS:
        with _filled(materials, rows) as server:
            progress(f"{rows} jobs: asking")
            found[rows] = _ask(server, rows, questions)
    few, many = found.values()
    head = [f"{rows:,} jobs: {figure}" for rows in found for figure in ("p50 ms", "p95 ms")]
    report.table(("page", *head), [(name, *_told(few[name]), *_told(many[name])) for name in few])
    slowest = max(_percentile(seconds, 95) for seconds in many.values())
    report.aim(
        f"p95 of every page under {_MOST_SECONDS * 1000:.0f} ms with {max(found):,} jobs",
        f"the slowest {slowest * 1000:.1f} ms",
        met=slowest < _MOST_SECONDS,
    )
    ratio = max(_percentile(many[name], 50) / _percentile(few[name], 50) for name in few)
    report.aim(
        f"as fast as with {min(found):,}: at most {_MOST_TIMES_SLOWER} times as long (p50)",
        f"{ratio:.2f} times as long at most",
        met=ratio <= _MOST_TIMES_SLOWER,
    )


@contextmanager
def _filled(materials: Materials, rows: int) -> Iterator[Server]:
    folder = materials.folder / f"job-list-{rows}"
    folder.mkdir()
    with postgresql(folder, 18) as postgres:
        url = postgres.database("jobs")
        progress(f"{rows} jobs: writing them")
        template = asyncio.run(_template(folder / "data", url))
        _multiply(postgres, template, rows)
        # No workers: the jobs that wait must go on waiting.
        with Server(folder / "data", SURTITLE_DATABASE_URL=url, SURTITLE_SERVER__WORKERS="0") as server:
            yield server


async def _template(folder: Path, url: str) -> UUID:
    """A job as the API accepts one; its migrated database with it."""
    async with opened_table(folder, database_url=url) as table:
        return (await table.add()).id


def _multiply(postgres: PostgresServer, template: UUID, rows: int) -> None:
    names = [column.name for column in Job.__table__.columns]
    values = ", ".join(_EXPRESSIONS.get(name, f"template.{name}") for name in names)
    postgres.sql(
        f"INSERT INTO jobs ({', '.join(names)}) SELECT {values} FROM jobs AS template, "
        f"generate_series(1, {rows}) AS n, (VALUES ({rows})) AS total (rows) "
        f"WHERE template.id = '{template}'",
        "jobs",
    )
    postgres.sql("VACUUM ANALYZE jobs", "jobs")


def _ask(server: Server, rows: int, questions: int) -> dict[str, list[float]]:
    chance = random.Random(rows)

    def anywhere() -> Mapping[str, str]:
        made = _BEGIN + _YEAR * chance.uniform(0.01, 1)
        return {
            "cursor": encode_cursor(UUID(int=int(made.timestamp() * 1000) << 80 | 0x7 << 76 | 0b10 << 62))
        }

    def a_week() -> Mapping[str, str]:
        start = _BEGIN + _YEAR * chance.uniform(0.01, 0.95)
        return {"from": start.isoformat(), "to": (start + timedelta(days=7)).isoformat()}

    pages: dict[str, _Question] = {
        "the newest": dict,
        "anywhere": anywhere,
        "failed": lambda: {"status": "failed"},
        "captioned videos": lambda: {"recipe": "captioned-video"},
        "of a week": a_week,
    }
    with httpx.Client(base_url=server.url, timeout=120, trust_env=False) as client:
        return {name: _seconds(client, ask, questions) for name, ask in pages.items()}


def _seconds(client: httpx.Client, ask: _Question, questions: int) -> list[float]:
    seconds = []
    for _ in range(questions):
        parameters = {"limit": str(_PAGE), **ask()}
        began = time.perf_counter()
        answer = client.get("/api/jobs", params=parameters)
        seconds.append(time.perf_counter() - began)
        answer.raise_for_status()
    return seconds


def _percentile(seconds: list[float], percent: int) -> float:
    return quantiles(seconds, n=100, method="inclusive")[percent - 1]


def _told(seconds: list[float]) -> tuple[str, str]:
    return f"{_percentile(seconds, 50) * 1000:.1f}", f"{_percentile(seconds, 95) * 1000:.1f}"
