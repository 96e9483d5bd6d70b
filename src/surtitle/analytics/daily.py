"""Daily figures, computed and kept: a day is replaced whole, so that doing it again changes nothing."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, insert

from surtitle.analytics.engine import DayFigures, FigureEngine
from surtitle.analytics.events import collect_missed, forget_before
from surtitle.analytics.sources import span
from surtitle.analytics.stale import Counted, counted, in_runs
from surtitle.clock import utc_now
from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.db.kpi_models import KpiDay
from surtitle.db.locks import hold
from surtitle.domain.time_zones import zone_named
from surtitle.errors import Invalid
from surtitle.usage.periods import Period, day_at

log = logging.getLogger(__name__)

_DAYS_AT_ONCE = 31

SettleStorage = Callable[[datetime], Awaitable[object]]
"""Has what was kept at the end of each day that is over written down; see `usage.storage`."""


@dataclass(frozen=True, slots=True)
class ComputedDay:
    """A day that was computed. `late` rows have come (below 0: gone) since it was computed before."""

    day: date
    projects: int
    events: int
    late: int


class DailyFigures:
    """Computes days of the installation's time zone."""

    def __init__(
        self, database: Database, settings: Settings, engine: FigureEngine, settle_storage: SettleStorage
    ) -> None:
        self._database = database
        self._settings = settings.analytics
        self._zone_name = settings.accounts.time_zone
        self._zone = zone_named(settings.accounts.time_zone)
        self._engine = engine
        self._settle_storage = settle_storage

    async def compute_due(self, now: datetime | None = None) -> Sequence[ComputedDay]:
        """Compute the days that are over and were not yet, or to which something came late."""
        now = now or utc_now()
        yesterday = self._day_of(now) - timedelta(days=1)
        first = yesterday - timedelta(days=self._settings.late_days - 1)
        await self._prepare(first, yesterday, now)
        known = await self._counted(first, yesterday)
        done = await self._compute({day: rows for day, rows in known.items() if rows.stale})
        await forget_before(self._database, self._oldest(now).start)
        for one in done:
            log.info(
                "computed the figures of %s: %d project(s), %d event(s), %d of them late",
                one.day, one.projects, one.events, one.late,
            )  # fmt: skip
        return done

    async def compute(self, first: date, last: date, now: datetime | None = None) -> Sequence[ComputedDay]:
        """Compute these days anew, both included; of today, what there is of it. Without `last`, all that are
        over. Raises `Invalid` for days to come, and for days whose events are not kept any more.
        """
        now = now or utc_now()
        last = last or max(first, self._day_of(now) - timedelta(days=1))
        self._require_sane(first, last, now)
        await self._prepare(first, last, now)
        return await self._compute(await self._counted(first, last))

    def _day_of(self, moment: datetime) -> date:
        return moment.astimezone(self._zone).date()

    def _oldest(self, now: datetime) -> Period:
        """The oldest day whose events are kept."""
        return day_at(self._day_of(now) - timedelta(days=self._settings.keep_events_days), self._zone)

    def _require_sane(self, first: date, last: date, now: datetime) -> None:
        today, oldest = self._day_of(now), self._oldest(now).start.astimezone(self._zone).date()
        if not first <= last <= today:
            raise Invalid(f"Name days up to today, which is {today}, the earlier one first.", field="to")
        if first < oldest:
            raise Invalid(
                f"The events before {oldest} are not kept any more, so the figures of those days stay. Begin "
                f"with {oldest}.",
                field="from",
            )

    async def _prepare(self, first: date, last: date, now: datetime) -> None:
        await self._settle_storage(now)
        missed = await collect_missed(self._database, span(self._days(first, last)))
        if missed:
            log.info("%d event(s) of jobs that had not been noted are counted now", missed)

    async def _counted(self, first: date, last: date) -> dict[date, Counted]:
        days = self._days(first, last)
        found: dict[date, Counted] = {}
        for chunk in in_runs(list(days), _DAYS_AT_ONCE):
            some = {day: days[day] for day in chunk}
            found.update(await counted(self._database, some, self._zone_name))
        return found

    async def _compute(self, known: dict[date, Counted]) -> Sequence[ComputedDay]:
        done: list[ComputedDay] = []
        for chunk in in_runs(list(known), _DAYS_AT_ONCE):
            rows = await self._engine.figures({day: day_at(day, self._zone) for day in chunk})
            await self._keep(chunk, rows)
            done += [_computed(day, known[day], rows) for day in chunk]
        return done

    async def _keep(self, days: Sequence[date], rows: Sequence[DayFigures]) -> None:
        """In place of what there is. Two that do so at once write one after the other; the figures of the one
        that looked earlier are recognised as stale the next time.
        """
        now = utc_now()
        async with self._database.writing() as session:
            await hold(session, "kpi_daily")
            await session.execute(delete(KpiDay).where(KpiDay.day.in_(days)))
            if rows:
                await session.execute(insert(KpiDay), [self._row(one, now) for one in rows])

    def _row(self, one: DayFigures, now: datetime) -> dict[str, object]:
        keys = {"day": one.day, "project_id": one.project_id, "time_zone": self._zone_name}
        return {**keys, **one.values, "computed_at": now}

    def _days(self, first: date, last: date) -> dict[date, Period]:
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return {day: day_at(day, self._zone) for day in days}


def _computed(day: date, before: Counted, rows: Sequence[DayFigures]) -> ComputedDay:
    ours = [int(row.values["events"] or 0) for row in rows if row.day == day]
    late = sum(ours) - before.counted if before.counted else 0
    return ComputedDay(day, len(ours), sum(ours), late)
