"""Whose tables a database holds: those of another program are left alone."""

from sqlalchemy import Connection, inspect, text

from surtitle.db.schema_support import SCHEMA_SUPPORT
from surtitle.db.search_models import SEARCH_VECTORS
from surtitle.errors import Unavailable

_OF_EVERY_VERSION = frozenset({"artifacts", "discarded", "idempotency_keys", "job_events", "jobs", "steps"})
"""Made by the first migration and kept since. Other programs have one or the other, and none has all."""

_LEFT_BEHIND = frozenset({"alembic_version", SEARCH_VECTORS})
"""What stays where all migrations were undone."""

# PostGIS keeps a table among everybody's; it belongs to no program.
_OF_EXTENSIONS = text(
    "SELECT relname FROM pg_class JOIN pg_depend ON pg_depend.objid = pg_class.oid "
    "WHERE pg_depend.classid = CAST('pg_class' AS regclass) AND pg_depend.deptype = 'e'"
)
_MOST_NAMED = 3


def require_ours(connection: Connection) -> None:
    """Raises `Unavailable` where there are tables, and none of a Surtitle of whatever version. Only those are
    looked at that are where ours would be made: in PostgreSQL, the first schema of the search path.

    The version in `alembic_version` proves nothing: others write theirs there too, and count from 0001 too.
    """
    there = _tables(connection) - _LEFT_BEHIND
    if not there or SCHEMA_SUPPORT in there or there >= _OF_EVERY_VERSION:
        return
    named = ", ".join([*sorted(there)[:_MOST_NAMED], *(["…"] if len(there) > _MOST_NAMED else [])])
    raise Unavailable(
        f"The database holds another program's tables ({named}). Nothing was changed there. Name an empty "
        "database in SURTITLE_DATABASE_URL; an earlier system's DATABASE_URL or GRABADORA_DATABASE_URL is "
        "read as that where it is not set."
    )


def _tables(connection: Connection) -> set[str]:
    found = set(inspect(connection).get_table_names())
    if connection.dialect.name == "postgresql":
        found -= set(connection.scalars(_OF_EXTENSIONS))
    return found
