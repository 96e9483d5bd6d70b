"""What is counted of a day, once for every engine: each figure is an ibis expression over the same moments.

Days are told to the engine as moments in UTC, because no two engines agree on time zones.
"""

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any

import ibis

from surtitle.usage.periods import Period

_SECOND_MS = 1_000
_MINUTE_MS = 60_000

_MOMENTS = {
    "project_id": "uuid",
    "happened_at": "timestamp('UTC')",
    "kind": "string",
    "recipe": "string",
    "user_id": "uuid",
    "wait_ms": "int64",
    "processing_ms": "int64",
    "media_ms": "int64",
    "amount": "float64",
}

SHAPES: Mapping[str, Mapping[str, str]] = {
    "kpi_events": {name: kind for name, kind in _MOMENTS.items() if name != "amount"},
    "kpi_credits": {"project_id": "uuid", "happened_at": "timestamp('UTC')", "amount": "float64"},
    "kpi_storage": {"project_id": "uuid", "happened_at": "timestamp('UTC')", "amount": "float64"},
}
"""The tables that a statement reads, with their columns: events of jobs; credits taken (above 0) and given
back; bytes kept, told once a day.
"""


class Dialect(StrEnum):
    """Whose SQL. Spark's is written as Databricks': the same, and ibis then asks for no session of Spark."""

    DUCKDB = "duckdb"
    POSTGRESQL = "postgres"
    SPARK = "databricks"


Figure = Callable[[Any], Any]


def _jobs(kind: str) -> Figure:
    return lambda moments: moments.count(where=moments.kind == kind)


def _of_succeeded(column: str, figure: Callable[[Any, Any], Any]) -> Figure:
    return lambda moments: figure(moments[column], moments.kind == "succeeded") / _SECOND_MS


def _of_ended(column: str, figure: Callable[[Any, Any], Any]) -> Figure:
    return lambda moments: figure(moments[column], moments.kind.isin(("succeeded", "failed"))) / _SECOND_MS


def _mean(values: Any, where: Any) -> Any:
    return values.mean(where=where)


def _median(values: Any, where: Any) -> Any:
    return values.quantile(0.5, where=where)


def _p95(values: Any, where: Any) -> Any:
    return values.quantile(0.95, where=where)


def _success_rate(moments: Any) -> Any:
    succeeded = moments.count(where=moments.kind == "succeeded")
    return succeeded / moments.count(where=moments.kind.isin(("succeeded", "failed"))).nullif(0)


def _real_time_factor(moments: Any) -> Any:
    heard = (moments.kind == "succeeded") & (moments.media_ms > 0)
    return moments.processing_ms.sum(where=heard) / moments.media_ms.sum(where=heard).nullif(0)


def _minutes_in(moments: Any) -> Any:
    return moments.media_ms.sum(where=moments.kind == "created").coalesce(0) / _MINUTE_MS


def _films_out(moments: Any) -> Any:
    return moments.count(where=(moments.kind == "succeeded") & (moments.recipe == "film"))


def _active_people(moments: Any) -> Any:
    return moments.user_id.nunique(where=moments.kind == "created")


def _amount(kind: str) -> Figure:
    return lambda moments: moments.amount.sum(where=moments.kind == kind).coalesce(0.0)


FIGURES: Mapping[str, Figure] = {
    "events": lambda moments: moments.count(),
    "jobs_created": _jobs("created"),
    "jobs_succeeded": _jobs("succeeded"),
    "jobs_failed": _jobs("failed"),
    "jobs_cancelled": _jobs("cancelled"),
    "success_rate": _success_rate,
    "duration_mean_seconds": _of_succeeded("processing_ms", _mean),
    "duration_median_seconds": _of_succeeded("processing_ms", _median),
    "duration_p95_seconds": _of_succeeded("processing_ms", _p95),
    "wait_mean_seconds": _of_ended("wait_ms", _mean),
    "wait_median_seconds": _of_ended("wait_ms", _median),
    "wait_p95_seconds": _of_ended("wait_ms", _p95),
    "real_time_factor": _real_time_factor,
    "minutes_in": _minutes_in,
    "films_out": _films_out,
    "credits": _amount("credits"),
    "active_people": _active_people,
    "storage_bytes": _amount("storage"),
}
"""Each figure by its column in `kpi_daily`."""


def statement(dialect: Dialect, days: Mapping[date, Period], tables: Mapping[str, str] | None = None) -> str:
    """The SQL that gives a row for each of `days` and each project that did something in it.

    `tables` are queries to be read in place of the sources of these names.
    """
    before = [f"days (day, since, until) AS (VALUES {_rows(dialect, days)})"]
    before += [f"{name} AS (\n{query}\n)" for name, query in (tables or {}).items()]
    compiled = ibis.to_sql(_daily(), dialect=dialect.value)
    return f"WITH {', '.join(before)}\nSELECT * FROM (\n{compiled}\n) AS figures"


def _daily() -> Any:
    days = ibis.table({"day": "date", "since": "timestamp('UTC')", "until": "timestamp('UTC')"}, name="days")
    moments = ibis.union(*(_moments_of(name) for name in SHAPES))
    within = [moments.happened_at >= days.since, moments.happened_at < days.until]
    of_days = moments.join(days, within)
    return of_days.group_by("day", "project_id").aggregate(
        **{name: figure(of_days) for name, figure in FIGURES.items()}
    )


def _moments_of(source: str) -> Any:
    """A source with all columns of a moment: those that it lacks are empty."""
    table = ibis.table(dict(SHAPES[source]), name=source)
    known = set(SHAPES[source])
    told = {"kind": ibis.literal(source.removeprefix("kpi_"))}
    return table.select(
        **{
            name: table[name] if name in known else told.get(name, ibis.null(kind))
            for name, kind in _MOMENTS.items()
        }
    )


def _rows(dialect: Dialect, days: Mapping[date, Period]) -> str:
    moment = "TIMESTAMP" if dialect is Dialect.SPARK else "TIMESTAMPTZ"
    return ", ".join(
        f"(DATE '{day.isoformat()}', {moment} '{period.start.isoformat(sep=' ')}', "
        f"{moment} '{period.end.isoformat(sep=' ')}')"
        for day, period in days.items()
    )
