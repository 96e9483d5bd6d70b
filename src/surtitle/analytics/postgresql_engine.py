"""Figures computed by PostgreSQL itself, in one statement over the product's tables."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import text

from surtitle.analytics.engine import DayFigures, in_order
from surtitle.analytics.sources import SOURCES, span
from surtitle.db.engine import Database
from surtitle.usage.periods import Period

# A year of a large installation takes longer than any request may.
_UNHURRIED = text("SET LOCAL statement_timeout = 0")


class PostgresqlEngine:
    """The `FigureEngine` of an installation on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def figures(self, days: Mapping[date, Period]) -> Sequence[DayFigures]:
        wanted = await asyncio.to_thread(_statement, days)
        async with self._database.reading() as session:
            await session.execute(_UNHURRIED)
            # Past SQLAlchemy's own reading, to which `::` and `:name` mean something.
            rows = await (await session.connection()).exec_driver_sql(wanted)
            return in_order([DayFigures.of(dict(row)) for row in rows.mappings()])


def _statement(days: Mapping[date, Period]) -> str:
    from surtitle.analytics.figures import Dialect, statement  # noqa: PLC0415 - brings ibis, which takes a while

    tables = {name: source.as_postgresql(span(days)) for name, source in SOURCES.items()}
    return statement(Dialect.POSTGRESQL, days, tables)
