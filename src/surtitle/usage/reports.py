"""What was used, added up for people: by day, by user, by project."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Row, String, and_, column, func, select, values

from surtitle.clock import utc_now
from surtitle.config import Settings
from surtitle.db.account_models import UsageEntry
from surtitle.db.base import UtcDateTime
from surtitle.db.engine import Database
from surtitle.domain.time_zones import zone_named
from surtitle.usage.errors import BadPeriod
from surtitle.usage.kinds import COUNTED, UsageKind, UsageState
from surtitle.usage.periods import Period, days_within, month_of
from surtitle.usage.projects import require_project
from surtitle.usage.quotas import Left, Quotas

_LONGEST = timedelta(days=366)


class Grouping(StrEnum):
    """What each line of a report is about."""

    DAY = "day"
    USER = "user"
    PROJECT = "project"


@dataclass(frozen=True, slots=True)
class Amounts:
    """By kind, in its unit: what work that succeeded used, and what is held for work under way."""

    used: dict[UsageKind, float] = field(default_factory=lambda: dict.fromkeys(UsageKind, 0.0))
    reserved: dict[UsageKind, float] = field(default_factory=lambda: dict.fromkeys(UsageKind, 0.0))

    def add(self, kind: str, state: str, amount: float) -> None:
        side = self.used if state == UsageState.SETTLED else self.reserved
        side[UsageKind(kind)] += amount


@dataclass(frozen=True, slots=True)
class Report:
    """What was used in a period. Lines without usage are left out. A line is of a day, a user or a project;
    None is nobody in particular: keys of the project, and people who were erased.
    """

    period: Period
    by: Grouping
    totals: Amounts
    lines: Mapping[date | UUID | None, Amounts]


class UsageReports:
    """Reads sums; changes nothing."""

    def __init__(self, database: Database, quotas: Quotas, settings: Settings) -> None:
        self._database = database
        self._quotas = quotas
        self._zone = zone_named(settings.accounts.time_zone)

    async def of_project(
        self, project_id: UUID, start: datetime | None, end: datetime | None, by: Grouping
    ) -> Report:
        """A project's usage; without `start` and `end` in this month. Raises `BadPeriod`, `NoSuchProject`."""
        async with self._database.reading() as session:
            await require_project(session, project_id)
        return await self._report(UsageEntry.project_id == project_id, start, end, by)

    async def of_user(
        self, user_id: UUID, start: datetime | None, end: datetime | None, by: Grouping
    ) -> Report:
        """What a person used in all projects. Raises `BadPeriod`."""
        return await self._report(UsageEntry.user_id == user_id, start, end, by)

    async def left(self, project_id: UUID) -> Left:
        """What the project may still use now."""
        if not self._quotas.enforced:
            return Left()
        async with self._database.reading() as session:
            return await self._quotas.left(session, project_id)

    async def _report(
        self, whose: ColumnElement[bool], start: datetime | None, end: datetime | None, by: Grouping
    ) -> Report:
        period = _period(start, end, self._zone)
        days = days_within(period, self._zone)
        source, line = _lines(by, days)
        query = (
            select(line, UsageEntry.kind, UsageEntry.state, func.sum(UsageEntry.amount))
            .select_from(source)
            .where(
                whose,
                UsageEntry.created_at >= period.start,
                UsageEntry.created_at < period.end,
                UsageEntry.state.in_(COUNTED),
            )
            .group_by(line, UsageEntry.kind, UsageEntry.state)
            .order_by(line)
        )
        async with self._database.reading() as session:
            rows = (await session.execute(query)).all()
        return _added_up(period, by, rows)


def _period(start: datetime | None, end: datetime | None, zone: tzinfo) -> Period:
    month = month_of(start or utc_now(), zone)
    period = Period(start or month.start, end or month.end)
    if not timedelta(0) < period.end - period.start <= _LONGEST:
        raise BadPeriod(
            f"A report covers up to {_LONGEST.days} days, and `from` lies before `to`; this one would go "
            f"from {period.start.isoformat()} to {period.end.isoformat()}.",
            field="to",
        )
    return period


def _lines(by: Grouping, days: Mapping[date, Period]) -> tuple[FromClause, ColumnElement[Any]]:
    """What to select from, and the column that tells which line a row belongs to."""
    entries = UsageEntry.__table__
    if by is Grouping.USER:
        return entries, entries.c.user_id
    if by is Grouping.PROJECT:
        return entries, entries.c.project_id
    # No two databases agree on time zones: the bounds of the days are told to them instead.
    columns = column("day", String), column("since", UtcDateTime()), column("until", UtcDateTime())
    bounds = (
        values(*columns)
        .data([(day.isoformat(), period.start, period.end) for day, period in days.items()])
        .cte("days")
    )
    within = and_(entries.c.created_at >= bounds.c.since, entries.c.created_at < bounds.c.until)
    return entries.join(bounds, within), bounds.c.day


def _added_up(period: Period, by: Grouping, rows: Iterable[Row[Any, str, str, float]]) -> Report:
    totals, lines = Amounts(), dict[date | UUID | None, Amounts]()
    for line, kind, state, amount in rows:
        of = date.fromisoformat(line) if by is Grouping.DAY else line
        lines.setdefault(of, Amounts()).add(kind, state, amount)
        totals.add(kind, state, amount)
    return Report(period, by, totals, lines)
