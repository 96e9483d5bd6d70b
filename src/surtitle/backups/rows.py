"""All rows of the database at one moment, into a backup and out of it."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Table, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from surtitle.backups.columns import as_table, kinds_of, read, told
from surtitle.backups.errors import BackupDamaged
from surtitle.backups.lines import unpacked
from surtitle.backups.manifest import Manifest, SavedTable
from surtitle.backups.place import ROWS, BackupPlace
from surtitle.db.engine import Database
from surtitle.db.keeping_models import Backup
from surtitle.db.lasting_rows import RowSum, TableFigures, lasting_tables, rows_of
from surtitle.db.moving import RowsDiffer

SeeRows = Callable[[str, Sequence[Mapping[Any, Any]]], None]
"""Told the rows of each table as they pass."""

_ONE_MOMENT = (
    text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"),
    text("SET LOCAL statement_timeout = 0"),
    text("SET LOCAL idle_in_transaction_session_timeout = 0"),
)
_ROWS_AT_ONCE = 200


@asynccontextmanager
async def at_one_moment(database: Database) -> AsyncIterator[AsyncConnection]:
    """Whatever is read while the block lasts was so at one moment; nobody waits for it, who writes."""
    async with database.reading() as session:
        if not database.is_sqlite:
            for statement in _ONE_MOMENT:
                await session.execute(statement)
        yield await session.connection()


class RowReader:
    """Reads them out, and knows afterwards what `tables` there were."""

    def __init__(self, connection: AsyncConnection, see: SeeRows) -> None:
        self._connection = connection
        self._see = see
        self.tables: list[SavedTable] = []

    async def documents(self) -> AsyncGenerator[Any, None]:
        """Each table's name, and then its rows."""
        for table in lasting_tables():
            # Which backups there are is told by their manifests: one that is being made must not be among
            # them.
            if table.name == Backup.__tablename__:
                continue
            columns, sum_ = kinds_of(table), RowSum(table.name)
            yield table.name
            async for rows in rows_of(table, self._connection):
                sum_.add(rows)
                self._see(table.name, rows)
                for row in rows:
                    yield told({str(name): value for name, value in row.items()}, columns)
            figures = sum_.figures()
            self.tables.append(SavedTable(table.name, columns, figures.rows, figures.digest))


async def saved_rows(
    place: BackupPlace, manifest: Manifest
) -> AsyncIterator[tuple[SavedTable, list[dict[str, Any]]]]:
    """The rows of a backup, some at a time, each table's after those that it refers to. Raises
    `BackupDamaged`, at the end of a table at the latest, when they are not those that the manifest tells of.
    """
    file, known = f"{ROWS}/{manifest.name}", {table.name: table for table in manifest.tables}
    table, sum_, waiting, seen = None, RowSum(""), [], []
    async for document in unpacked(file, place.read(file)):
        if isinstance(document, list) and table is not None:
            waiting.append(read(document, table))
            if len(waiting) < _ROWS_AT_ONCE:
                continue
        if table is not None and waiting:
            sum_.add(waiting)
            yield table, waiting
            waiting = []
        if isinstance(document, str):
            _require_same(file, table, sum_.figures())
            table = known.get(document)
            sum_ = RowSum(document)
            seen.append(document)
    if table is not None and waiting:
        sum_.add(waiting)
        yield table, waiting
    _require_same(file, table, sum_.figures())
    if seen != list(known):
        raise BackupDamaged(file, "does not hold the tables that its manifest names")


async def write_rows(connection: AsyncConnection, place: BackupPlace, manifest: Manifest) -> None:
    """Put the rows into empty tables of the backup's own version, and read them there again. Raises
    `RowsDiffer`.
    """
    tables = {table.name: as_table(table) for table in manifest.tables}
    async for table, rows in saved_rows(place, manifest):
        await connection.execute(insert(tables[table.name]), rows)
    for saved in manifest.tables:
        sum_ = RowSum(saved.name)
        async for found in _read_again(connection, tables[saved.name]):
            sum_.add(found)
        if sum_.figures() != TableFigures(saved.name, saved.rows, saved.digest):
            raise RowsDiffer(
                f"The table {saved.name} arrived otherwise than it was saved; nothing was changed."
            )


async def _read_again(
    connection: AsyncConnection, table: Table
) -> AsyncGenerator[Sequence[Mapping[Any, Any]], None]:
    if connection.dialect.name != "postgresql":
        async with connection.stream(select(table)) as result:
            async for rows in result.mappings().partitions(_ROWS_AT_ONCE):
                yield rows
        return
    # A cursor that is closed when we say so: the driver's own stay open as long as the transaction, and until
    # then no table can be altered. It is called after the table: the driver knows statements by their text.
    cursor = f'"again_{table.name}"'
    query = select(table).compile(dialect=connection.dialect)
    await connection.execute(text(f"DECLARE {cursor} NO SCROLL CURSOR FOR {query}"))
    fetch = text(f"FETCH {_ROWS_AT_ONCE} FROM {cursor}").columns(*table.columns)
    while rows := (await connection.execute(fetch)).mappings().all():
        yield rows
    await connection.execute(text(f"CLOSE {cursor}"))


def _require_same(file: str, table: SavedTable | None, found: TableFigures) -> None:
    if table is not None and found != TableFigures(table.name, table.rows, table.digest):
        raise BackupDamaged(file, f"does not hold the rows of {table.name} that its manifest tells of")
