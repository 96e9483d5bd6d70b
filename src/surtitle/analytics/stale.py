"""Which days are to be computed: those whose figures were made from other rows than there are by now."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, String, and_, case, column, func, select, values
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.analytics.sources import SOURCES, Source, span
from surtitle.db.base import UtcDateTime
from surtitle.db.engine import Database
from surtitle.db.kpi_models import KpiDay
from surtitle.usage.periods import Period


@dataclass(frozen=True, slots=True)
class Counted:
    """A day's rows: how many there are, and how many its figures were made from (0: it has none)."""

    there: int
    counted: int
    in_another_zone: bool

    @property
    def stale(self) -> bool:
        return self.there != self.counted or self.in_another_zone


async def counted(database: Database, days: Mapping[date, Period], zone: str) -> Mapping[date, Counted]:
    """What is known of each of `days`."""
    async with database.reading() as session:
        there = Counter[date]()
        for source in SOURCES.values():
            there.update(await _rows_by_day(session, source, days))
        known = await _known_by_day(session, days, zone)
    return {day: Counted(there[day], *known.get(day, (0, False))) for day in days}


async def _rows_by_day(
    session: AsyncSession, source: Source, days: Mapping[date, Period]
) -> Mapping[date, int]:
    # No two databases agree on time zones: the bounds of the days are told to them instead.
    columns = column("day", String), column("since", UtcDateTime()), column("until", UtcDateTime())
    bounds = (
        values(*columns)
        .data([(day.isoformat(), period.start, period.end) for day, period in days.items()])
        .cte("days")
    )
    moments = source.within(span(days)).subquery()
    moment: ColumnElement[bool] = and_(
        moments.c.happened_at >= bounds.c.since, moments.c.happened_at < bounds.c.until
    )
    rows = await session.execute(
        select(bounds.c.day, func.count()).select_from(bounds.join(moments, moment)).group_by(bounds.c.day)
    )
    return {date.fromisoformat(day): count for day, count in rows}


async def _known_by_day(
    session: AsyncSession, days: Mapping[date, Period], zone: str
) -> Mapping[date, tuple[int, bool]]:
    others = func.max(case((KpiDay.time_zone != zone, 1), else_=0))
    rows = await session.execute(
        select(KpiDay.day, func.sum(KpiDay.events), others)
        .where(KpiDay.day >= min(days), KpiDay.day <= max(days))
        .group_by(KpiDay.day)
    )
    return {day: (int(events), bool(other)) for day, events, other in rows}


def in_runs(days: Sequence[date], longest: int) -> Sequence[Sequence[date]]:
    """Days that follow one another, up to `longest` together: what is read is then just those days."""
    runs: list[list[date]] = []
    for day in days:
        if runs and len(runs[-1]) < longest and day == runs[-1][-1] + timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs
