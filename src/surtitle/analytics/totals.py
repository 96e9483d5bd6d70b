"""The figures of days added up over projects, and of projects over days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from surtitle.db.kpi_models import KpiDay


@dataclass(slots=True)
class Sums:
    """What can be added up. People are not in it: one who works in two projects would count twice."""

    created: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    minutes: float = 0.0
    films: int = 0
    credits: float = 0.0
    storage_bytes: int = 0
    _worked_seconds: float = 0.0
    _waited_seconds: float = 0.0

    def add(self, row: KpiDay) -> None:
        self.created += row.jobs_created
        self.succeeded += row.jobs_succeeded
        self.failed += row.jobs_failed
        self.cancelled += row.jobs_cancelled
        self.minutes += row.minutes_in
        self.films += row.films_out
        self.credits += row.credits
        self.storage_bytes += row.storage_bytes
        self._worked_seconds += (row.duration_mean_seconds or 0.0) * row.jobs_succeeded
        self._waited_seconds += (row.wait_mean_seconds or 0.0) * (row.jobs_succeeded + row.jobs_failed)

    @property
    def success_rate(self) -> float | None:
        """Of the jobs that succeeded or failed; None when there were none."""
        ended = self.succeeded + self.failed
        return self.succeeded / ended if ended else None

    @property
    def worked_seconds(self) -> float | None:
        """The mean work on a job that succeeded."""
        return self._worked_seconds / self.succeeded if self.succeeded else None

    @property
    def waited_seconds(self) -> float | None:
        """The mean time from the queue to a worker."""
        ended = self.succeeded + self.failed
        return self._waited_seconds / ended if ended else None


@dataclass(frozen=True, slots=True)
class Totals:
    """All of it, each day and each project. `storage_bytes` over days is a sum of days: look at days."""

    whole: Sums
    days: dict[date, Sums]
    projects: dict[UUID, Sums]


def totals_of(rows: Iterable[KpiDay]) -> Totals:
    """The days in the order of the rows."""
    totals = Totals(Sums(), {}, {})
    for row in rows:
        totals.whole.add(row)
        totals.days.setdefault(row.day, Sums()).add(row)
        totals.projects.setdefault(row.project_id, Sums()).add(row)
    return totals
