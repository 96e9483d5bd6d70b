"""What computes figures: one protocol, and the row that every engine gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from surtitle.db.kpi_models import KpiDay
from surtitle.usage.periods import Period

_KEYS = frozenset({"day", "project_id", "time_zone", "computed_at"})
NAMES = tuple(column.name for column in KpiDay.__table__.columns if column.name not in _KEYS)
"""The columns of `kpi_daily` that are computed."""

# Engines add fractions in orders of their own; so far behind the point they agree.
_DECIMALS = 6
_WHOLE = frozenset(
    {
        "events", "jobs_created", "jobs_succeeded", "jobs_failed", "jobs_cancelled", "films_out",
        "active_people", "storage_bytes",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What a project did on a day: `values` by the columns of `kpi_daily`, None where there was nothing."""

    day: date
    project_id: UUID
    values: Mapping[str, float | int | None]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "DayFigures":
        """From a row of `figures.statement`, whatever numbers the engine counts in."""
        project_id = row["project_id"]
        return cls(
            day=row["day"],
            project_id=project_id if isinstance(project_id, UUID) else UUID(str(project_id)),
            values={name: _number(name, row[name]) for name in NAMES},
        )


class FigureEngine(Protocol):
    """Computes the figures of whole days. Its memory does not grow with the number of jobs."""

    async def figures(self, days: Mapping[date, Period]) -> Sequence[DayFigures]:
        """A row for each day and project with anything to tell, in the order of days and projects."""
        ...


def in_order(rows: list[DayFigures]) -> list[DayFigures]:
    return sorted(rows, key=lambda row: (row.day, row.project_id))


def _number(name: str, value: Any) -> float | int | None:
    if value is None:
        return None
    # Adding 0.0 makes no difference but to -0.0.
    return round(value) if name in _WHOLE else round(float(value), _DECIMALS) + 0.0
