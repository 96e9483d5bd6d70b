"""All rows of one database into an empty one, counted and hashed on both sides."""

from collections.abc import Sequence

from sqlalchemy import Table, delete, func, insert, inspect, select
from sqlalchemy.ext.asyncio import AsyncConnection

from surtitle.db.account_models import Project
from surtitle.db.lasting_rows import RowSum, TableFigures, lasting_tables, rows_of
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.db.schema_support import SCHEMA_SUPPORT
from surtitle.db.search_models import SEARCH_VECTORS
from surtitle.db.tables import METADATA
from surtitle.errors import Conflict, SurtitleError

_OURS_BUT_NO_MODELS = {"alembic_version", SCHEMA_SUPPORT, SEARCH_VECTORS}


class RowsDiffer(SurtitleError):
    """What arrived in the new database is not what the old one holds."""

    slug = "rows-differ"


async def copy_rows(source: AsyncConnection, target: AsyncConnection) -> Sequence[TableFigures]:
    """Copy every table in the target's transaction, and read it there again. Raises `RowsDiffer`."""
    # The migrations make one; it comes with the others.
    await target.execute(delete(Project).where(Project.id == PERSONAL_PROJECT))
    told = []
    for table in lasting_tables():
        sent = await _copied(table, source, target)
        if await _figures_of(table, target) != sent:
            raise RowsDiffer(f"The table {table.name} arrived otherwise than it was sent; nothing was moved.")
        told.append(sent)
    return told


async def figures(connection: AsyncConnection) -> Sequence[TableFigures]:
    """Of every table that is moved."""
    return [await _figures_of(table, connection) for table in lasting_tables()]


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


async def _copied(table: Table, source: AsyncConnection, target: AsyncConnection) -> TableFigures:
    sum_ = RowSum(table.name)
    async for rows in rows_of(table, source):
        sum_.add(rows)
        await target.execute(insert(table), [dict(row) for row in rows])
    return sum_.figures()


async def _figures_of(table: Table, connection: AsyncConnection) -> TableFigures:
    sum_ = RowSum(table.name)
    async for rows in rows_of(table, connection):
        sum_.add(rows)
    return sum_.figures()
