"""Figures computed by DuckDB within this process, from a copy of the days' rows.

DuckDB's own readers of SQLite and PostgreSQL are extensions that it would download, so the rows are streamed
to files in the scratch folder first. People are numbered on the way: the files name nobody.
"""

import asyncio
import csv
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.analytics.engine import DayFigures, in_order
from surtitle.analytics.sources import SOURCES, Source, span
from surtitle.db.engine import Database
from surtitle.usage.periods import Period

# Between them others have their turn.
_ROWS_AT_ONCE = 1_000
_MICROSECOND = timedelta(microseconds=1)
_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
_READ_AS = {
    "uuid": "UUID",
    "string": "VARCHAR",
    "int64": "BIGINT",
    "float64": "DOUBLE",
    # Microseconds since 1970: a time that is written out would be taken apart again row by row.
    "timestamp('UTC')": "BIGINT",
}


class DuckdbEngine:
    """The `FigureEngine` that needs no other server. Uses at most `memory_bytes`, and the disk."""

    def __init__(self, database: Database, scratch: Path, memory_bytes: int) -> None:
        self._database = database
        self._scratch = scratch
        self._memory_bytes = memory_bytes

    async def figures(self, days: Mapping[date, Period]) -> Sequence[DayFigures]:
        self._scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="kpis-", dir=self._scratch) as folder:
            await extracted(self._database, days, Path(folder))
            return await asyncio.to_thread(self._computed, Path(folder), days)

    def _computed(self, folder: Path, days: Mapping[date, Period]) -> Sequence[DayFigures]:
        # What only this task needs, and takes a while.
        import duckdb  # noqa: PLC0415

        from surtitle.analytics.figures import SHAPES, Dialect, statement  # noqa: PLC0415

        options: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{self._memory_bytes // 1024}KiB",
            "temp_directory": str(folder / "spilled"),
            "threads": 2,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        with duckdb.connect(":memory:", config=options) as connection:
            for name in SOURCES:
                connection.execute(_view(name, SHAPES[name], _file(folder, name)))
            answer = connection.execute(statement(Dialect.DUCKDB, days))
            names = [column[0] for column in answer.description]
            return in_order([DayFigures.of(dict(zip(names, row, strict=True))) for row in answer.fetchall()])


async def extracted(database: Database, days: Mapping[date, Period], folder: Path) -> None:
    """The rows of these days as files in `folder`, a file for each source, all of one moment."""
    people = _Numbers()
    async with database.reading() as session:
        for name, source in SOURCES.items():
            await _copy(session, source, span(days), _file(folder, name), people)


class _Numbers:
    """Stands for people while they are counted."""

    def __init__(self) -> None:
        self._numbers: dict[UUID, UUID] = {}

    def of(self, person: UUID | None) -> UUID | None:
        if person is None:
            return None
        return self._numbers.setdefault(person, UUID(int=len(self._numbers)))


async def _copy(session: AsyncSession, source: Source, period: Period, file: Path, people: _Numbers) -> None:
    with file.open("w", newline="") as opened:
        writer = csv.writer(opened)
        result = await session.stream(source.within(period))
        names = list(result.keys())
        async for rows in result.partitions(_ROWS_AT_ONCE):
            writer.writerows([_written(names, row, people) for row in rows])


def _written(names: Sequence[str], row: Sequence[Any], people: _Numbers) -> list[Any]:
    return [_cell(name, value, people) for name, value in zip(names, row, strict=True)]


def _cell(name: str, value: Any, people: _Numbers) -> Any:
    if name == "user_id":
        return people.of(value)
    return (value - _BEGIN) // _MICROSECOND if isinstance(value, datetime) else value


def _file(folder: Path, source: str) -> Path:
    return folder / f"{source}.csv"


def _view(source: str, shape: Mapping[str, str], file: Path) -> str:
    names = [str(column.key) for column in SOURCES[source].rows.selected_columns]
    read = ", ".join(f"'{name}': '{_READ_AS[shape[name]]}'" for name in names)
    path = str(file).replace("'", "''")
    return (
        f"CREATE VIEW {source} AS SELECT * REPLACE (make_timestamptz(happened_at) AS happened_at) "  # noqa: S608
        f"FROM read_csv('{path}', header = false, auto_detect = false, columns = {{{read}}})"
    )
