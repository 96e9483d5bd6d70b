"""Which programs a schema still serves, written down in the database beside its version.

Each migration since 0012 says in `serves` with which migration the oldest program came that may go on using
the tables as it leaves them. So a program that finds a schema of a newer one knows whether it may work on it.
"""

from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, delete, insert, inspect, select, table

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

SCHEMA_SUPPORT = "schema_support"
"""A table of one row. It is the migrations' own, as `alembic_version` is: no model stands for it."""

FIRST = "0012"
"""The migration that made the table. Programs from before refuse every schema that they do not know."""

_SUPPORT = table(SCHEMA_SUPPORT, column("serves"))


def oldest_served(connection: Connection) -> str | None:
    """The migration that the oldest program which may use this schema came with; None where none is told."""
    if not inspect(connection).has_table(SCHEMA_SUPPORT):
        return None
    return connection.scalar(select(_SUPPORT.c.serves))


def write_down(connection: Connection, scripts: "ScriptDirectory", current: str | None) -> None:
    """What the migration `current` says of itself; nothing where it is from before there was a place."""
    if current is None or not inspect(connection).has_table(SCHEMA_SUPPORT):
        return
    serves: str = scripts.get_revision(current).module.serves
    if oldest_served(connection) != serves:
        connection.execute(delete(_SUPPORT))
        connection.execute(insert(_SUPPORT).values(serves=serves))
