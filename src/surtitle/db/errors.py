"""What can go wrong with the database itself. Raised by `Database`, and still SQLAlchemy's errors too."""

import sqlite3
from typing import Any

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from surtitle.errors import Away, StorageFull


class DatabaseAway(Away, SQLAlchemyError):
    """The database does not answer, or not in time; the same work may succeed later."""

    slug = "database-away"


class DatabaseFull(StorageFull, SQLAlchemyError):
    """The disk of the database has no room left."""

    slug = "database-full"


# https://www.postgresql.org/docs/current/errcodes-appendix.html
_GONE = ("08", "57P", "53300", "25006")
"""Connection lost; server stopping, starting or crashed; too many connections; a standby."""
_TOO_SLOW = {
    "57014": "a statement took longer than SURTITLE_DATABASE__STATEMENT_SECONDS",
    "55P03": "another transaction held what was wanted for longer than SURTITLE_DATABASE__LOCK_SECONDS",
    "25P03": "a transaction paused for longer than SURTITLE_DATABASE__IDLE_TRANSACTION_SECONDS",
    "40P01": "two transactions waited for each other",
    "40001": "two transactions changed the same rows",
}
_DISK_FULL = "53100"


def told_apart(error: SQLAlchemyError) -> SQLAlchemyError:
    """`error` as one of ours where it tells of the database's state; else `error` itself."""
    if isinstance(error, NoFreeConnection):
        return DatabaseAway(
            "All connections to the database are at work. Try again, or raise SURTITLE_DATABASE__CONNECTIONS."
        )
    if not isinstance(error, DBAPIError):
        return error
    if isinstance(error.orig, sqlite3.Error):
        return _of_sqlite(error, error.orig)
    return _of_postgresql(error, getattr(error.orig, "sqlstate", None) or "")


def _of_postgresql(error: DBAPIError, state: str) -> SQLAlchemyError:
    if state == _DISK_FULL:
        return DatabaseFull("The disk of the database is full. Free some space there, then try again.")
    if reason := _TOO_SLOW.get(state):
        return DatabaseAway(f"The database did not do it in time: {reason}. Try again.")
    if error.connection_invalidated or state.startswith(_GONE):
        return DatabaseAway("The connection to the database broke. Try again; its log may say why.")
    return error


def _of_sqlite(error: DBAPIError, cause: Any) -> SQLAlchemyError:
    code = getattr(cause, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_FULL:
        return DatabaseFull("The disk that the database lies on is full. Free some space, then try again.")
    if code == sqlite3.SQLITE_BUSY:
        return DatabaseAway("Another process keeps the database to itself. Try again when it has ended.")
    return error
