"""The rows that make an installation what it is, wherever it goes: read in order, counted and hashed."""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Table, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from surtitle.db.job_models import Worker
from surtitle.db.models import Upload
from surtitle.db.search_models import IndexedTranscript, SearchChunk, UnindexedTranscript
from surtitle.db.tables import METADATA

_ROWS_AT_ONCE = 200
_DIGEST_BITS = 256
_PASSING = frozenset(
    kind.__tablename__ for kind in (Worker, IndexedTranscript, UnindexedTranscript, SearchChunk)
)
"""Rows that mean something only while their process lives, and those that are made again from others."""


@dataclass(frozen=True, slots=True)
class TableFigures:
    """How many rows a table holds, and the sum of their hashes, in whatever order they come."""

    name: str
    rows: int
    digest: int


class RowSum:
    """Adds up the figures of a table."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._rows = 0
        self._digest = 0

    def add(self, rows: Sequence[Mapping[Any, Any]]) -> None:
        self._rows += len(rows)
        self._digest += sum(_hash_of(row) for row in rows)

    def figures(self) -> TableFigures:
        return TableFigures(self._name, self._rows, self._digest % 2**_DIGEST_BITS)


def lasting_tables() -> Sequence[Table]:
    """Those that others refer to come first."""
    return [table for table in METADATA.sorted_tables if table.name not in _PASSING]


async def rows_of(table: Table, connection: AsyncConnection) -> AsyncIterator[Sequence[RowMapping]]:
    """Some rows at a time."""
    query = select(table)
    if table.name == Upload.__tablename__:
        # The bytes of an unfinished one stay on the machine that they were sent to.
        query = query.where(or_(table.c.media_id.is_not(None), table.c.error.is_not(None)))
    async with connection.stream(query) as result:
        async for rows in result.mappings().partitions(_ROWS_AT_ONCE):
            yield rows


def _hash_of(row: Mapping[Any, Any]) -> int:
    text = json.dumps(dict(row), default=_plain, sort_keys=True)
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
