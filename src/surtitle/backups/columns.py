"""Values of columns as JSON and back, by a type that means the same in every kind of database."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from surtitle.backups.errors import BackupDamaged
from surtitle.backups.manifest import SavedTable
from surtitle.db.base import UtcDateTime


@dataclass(frozen=True, slots=True)
class _Kind:
    """`column` is the type of a column that takes such values."""

    column: TypeEngine[Any]
    told: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


_KINDS: Mapping[str, _Kind] = {
    "uuid": _Kind(sa.Uuid(), str, UUID),
    "datetime": _Kind(UtcDateTime(), datetime.isoformat, datetime.fromisoformat),
    "date": _Kind(sa.Date(), date.isoformat, date.fromisoformat),
    # What is not there is not there; a null within JSON reads the same.
    "json": _Kind(sa.JSON(none_as_null=True), _same, _same),
    "bytes": _Kind(sa.LargeBinary(), lambda value: base64.b64encode(value).decode(), base64.b64decode),
    "bool": _Kind(sa.Boolean(), _same, _same),
    "int": _Kind(sa.BigInteger(), _same, _same),
    "float": _Kind(sa.Double(), _same, _same),
    "decimal": _Kind(sa.Numeric(), str, Decimal),
    "text": _Kind(sa.Text(), _same, _same),
}
_OF_TYPES: Sequence[tuple[type[TypeEngine[Any]], str]] = (
    (sa.Uuid, "uuid"),
    (UtcDateTime, "datetime"),
    (sa.Date, "date"),
    (sa.JSON, "json"),
    (sa.LargeBinary, "bytes"),
    (sa.Boolean, "bool"),
    (sa.Integer, "int"),
    (sa.Float, "float"),
    (sa.Numeric, "decimal"),
    (sa.String, "text"),
)


def kinds_of(table: sa.Table) -> list[tuple[str, str]]:
    """Each column with the name of its type. Raises `TypeError` for a type that nothing is known of."""
    return [(column.name, _kind_of(column)) for column in table.columns]


def told(row: Mapping[str, Any], columns: Sequence[tuple[str, str]]) -> list[Any]:
    """A row as JSON."""
    values = [(row[name], _KINDS[kind]) for name, kind in columns]
    return [None if value is None else kind.told(value) for value, kind in values]


def read(values: Sequence[Any], table: SavedTable) -> dict[str, Any]:
    """The row again. Raises `BackupDamaged` for what does not fit the columns."""
    try:
        pairs = zip(table.columns, values, strict=True)
        return {name: None if value is None else _KINDS[kind].read(value) for (name, kind), value in pairs}
    except (ValueError, TypeError, KeyError, ArithmeticError):
        raise BackupDamaged("rows", f"has a row of {table.name} that cannot be read") from None


def as_table(table: SavedTable) -> sa.Table:
    """The table as it was when the backup was made, whatever today's models say."""
    columns = [sa.Column(name, _KINDS[kind].column) for name, kind in table.columns]
    return sa.Table(table.name, sa.MetaData(), *columns)


def _kind_of(column: sa.Column[Any]) -> str:
    for kind, name in _OF_TYPES:
        if isinstance(column.type, kind):
            return name
    raise TypeError(f"{column} has a type that backups do not know: {column.type!r}")
