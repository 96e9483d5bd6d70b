"""All rows of one database into an empty one, counted and hashed on both sides."""

import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Table, delete, func, insert, inspect, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from surtitle.db.account_models import Project
from surtitle.db.job_models import Worker
from surtitle.db.models import PERSONAL_PROJECT, Upload
from surtitle.db.search_models import SEARCH_VECTORS, IndexedTranscript, SearchChunk, UnindexedTranscript
from surtitle.db.tables import METADATA
from surtitle.errors import Conflict, SurtitleError

_ROWS_AT_ONCE = 200
_NOT_MOVED = frozenset(
    kind.__tablename__ for kind in (Worker, IndexedTranscript, UnindexedTranscript, SearchChunk)
)
"""Rows that mean something only while their process lives, and those that are made again from others."""
_OURS_BUT_NO_MODELS = {"alembic_version", SEARCH_VECTORS}
_DIGEST_BITS = 256


class RowsDiffer(SurtitleError):
    """What arrived in the new database is not what the old one holds."""

    slug = "rows-differ"


@dataclass(frozen=True, slots=True)
class TableFigures:
    """How many rows a table holds, and the sum of their hashes, in whatever order they come."""

    name: str
    rows: int
    digest: int


async def copy_rows(source: AsyncConnection, target: AsyncConnection) -> Sequence[TableFigures]:
    """Copy every table in the target's transaction, and read it there again. Raises `RowsDiffer`."""
    # The migrations make one; it comes with the others.
    await target.execute(delete(Project).where(Project.id == PERSONAL_PROJECT))
    told = []
    for table in _tables():
        sent = await _copied(table, source, target)
        if await _figures_of(table, target) != sent:
            raise RowsDiffer(f"The table {table.name} arrived otherwise than it was sent; nothing was moved.")
        told.append(sent)
    return told


async def figures(connection: AsyncConnection) -> Sequence[TableFigures]:
    """Of every table that is moved."""
    return [await _figures_of(table, connection) for table in _tables()]


async def require_empty(target: AsyncConnection) -> None:
    """Raises `Conflict` where there is anything that an installation has written, or a worker is at work."""
    await _require_empty(target, METADATA.sorted_tables)


async def require_fit(target: AsyncConnection, *, at_head: bool) -> None:
    """Before anything is changed there. Raises `Conflict` where there are tables that are not ours, or ours
    with something in them, unless they are `at_head`: an earlier move may have left them so.
    """
    there = set(await target.run_sync(lambda sync: inspect(sync).get_table_names()))
    if strange := sorted(there - METADATA.tables.keys() - _OURS_BUT_NO_MODELS):
        raise Conflict(
            f"The database to move to is another program's: it has a table {strange[0]}. Name an empty one."
        )
    if not at_head:
        await _require_empty(target, [table for table in METADATA.sorted_tables if table.name in there])


async def _require_empty(target: AsyncConnection, tables: Sequence[Table]) -> None:
    for table in tables:
        query = select(func.count()).select_from(table)
        if table.name == Project.__tablename__:
            query = query.where(table.c.id != PERSONAL_PROJECT)
        if rows := await target.scalar(query):
            raise Conflict(
                f"The database to move to is in use: its table {table.name} holds {rows} row(s). "
                "Name an empty database, and start nothing on it before."
            )


def _tables() -> Sequence[Table]:
    """Those that others refer to come first."""
    return [table for table in METADATA.sorted_tables if table.name not in _NOT_MOVED]


async def _copied(table: Table, source: AsyncConnection, target: AsyncConnection) -> TableFigures:
    sum_ = _Sum(table.name)
    async for rows in _rows(table, source):
        sum_.add(rows)
        await target.execute(insert(table), [dict(row) for row in rows])
    return sum_.figures()


async def _figures_of(table: Table, connection: AsyncConnection) -> TableFigures:
    sum_ = _Sum(table.name)
    async for rows in _rows(table, connection):
        sum_.add(rows)
    return sum_.figures()


async def _rows(table: Table, connection: AsyncConnection) -> AsyncIterator[Sequence[RowMapping]]:
    query = select(table)
    if table.name == Upload.__tablename__:
        # The bytes of an unfinished one stay on the machine that they were sent to.
        query = query.where(or_(table.c.media_id.is_not(None), table.c.error.is_not(None)))
    async with connection.stream(query) as result:
        async for rows in result.mappings().partitions(_ROWS_AT_ONCE):
            yield rows


class _Sum:
    def __init__(self, name: str) -> None:
        self._name = name
        self._rows = 0
        self._digest = 0

    def add(self, rows: Sequence[RowMapping]) -> None:
        self._rows += len(rows)
        self._digest += sum(_hash_of(row) for row in rows)

    def figures(self) -> TableFigures:
        return TableFigures(self._name, self._rows, self._digest % 2**_DIGEST_BITS)


def _hash_of(row: RowMapping) -> int:
    text = json.dumps(dict(row), default=_plain, sort_keys=True)
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
