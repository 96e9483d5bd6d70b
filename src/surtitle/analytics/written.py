"""Figures written out for people and programs: CSV, and documents of plain values."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from surtitle.accounts.export import csv_line
from surtitle.analytics.engine import NAMES
from surtitle.db.kpi_models import KpiDay

# How many rows a line was made from is our own business.
COLUMNS = ("day", "project_id", "time_zone", *(name for name in NAMES if name != "events"), "computed_at")
"""What is told of a day and project."""

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"


async def as_csv(rows: AsyncIterator[KpiDay]) -> AsyncIterator[bytes]:
    """Line by line, as they come, under the names of the columns."""
    yield csv_line(COLUMNS)
    async for row in rows:
        yield csv_line([getattr(row, name) for name in COLUMNS])


def document(row: KpiDay) -> dict[str, Any]:
    """A line as JSON can hold it."""
    return {name: _plain(getattr(row, name)) for name in COLUMNS}


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
