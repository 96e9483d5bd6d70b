"""Reading the figures that were computed: pages for programs, all lines for files."""

import base64
import binascii
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, select, tuple_

from surtitle.db.engine import Database
from surtitle.db.kpi_models import KpiDay
from surtitle.errors import Invalid
from surtitle.paging import Page

_BATCH = 500


@dataclass(frozen=True, slots=True)
class FigureFilter:
    """Which days, both included, of which projects; None leaves a question open."""

    first: date | None = None
    last: date | None = None
    projects: Collection[UUID] | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.first is not None:
            found.append(KpiDay.day >= self.first)
        if self.last is not None:
            found.append(KpiDay.day <= self.last)
        if self.projects is not None:
            found.append(KpiDay.project_id.in_(self.projects))
        return found


class FigureReading:
    """Lines of days and projects, the oldest day first. Whose they may be is for the caller to say."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, wanted: FigureFilter, cursor: str | None, limit: int) -> Page[KpiDay]:
        after = _decoded(cursor) if cursor else None
        rows = await self._after(wanted, after, limit + 1)
        shown = rows[:limit]
        return Page(shown, _encoded(shown[-1]) if len(rows) > limit else None)

    async def stream(self, wanted: FigureFilter) -> AsyncIterator[KpiDay]:
        """All of them; no session is open while the caller holds one."""
        after: tuple[date, UUID] | None = None
        while True:
            rows = await self._after(wanted, after, _BATCH)
            for row in rows:
                yield row
            if len(rows) < _BATCH:
                return
            after = rows[-1].day, rows[-1].project_id

    async def _after(self, wanted: FigureFilter, after: tuple[date, UUID] | None, limit: int) -> list[KpiDay]:
        query = select(KpiDay).where(*wanted.conditions()).order_by(KpiDay.day, KpiDay.project_id)
        if after is not None:
            query = query.where(tuple_(KpiDay.day, KpiDay.project_id) > tuple_(*after))
        async with self._database.reading() as session:
            return list((await session.scalars(query.limit(limit))).all())


def _encoded(row: KpiDay) -> str:
    seen = row.day.toordinal().to_bytes(4, "big") + row.project_id.bytes
    return base64.urlsafe_b64encode(seen).rstrip(b"=").decode()


def _decoded(cursor: str) -> tuple[date, UUID]:
    try:
        seen = base64.b64decode(cursor.encode() + b"=", altchars=b"-_", validate=True)
        return date.fromordinal(int.from_bytes(seen[:4], "big")), UUID(bytes=seen[4:])
    except (ValueError, OverflowError, binascii.Error) as error:
        raise Invalid(
            f"The cursor {cursor[:40]!r} is not one that a page returned; start again without it."
        ) from error
