"""Engines for a SQLite file, with the settings that the job rules rest on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from surtitle.errors import Conflict

_BUSY_TIMEOUT_MS = 30_000
_ALONE_TIMEOUT_SECONDS = 1.0


def make_parent(url: str) -> None:
    """Make the folder that the database file lies in."""
    database = make_url(url).database
    if database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)


def sqlite_engine(url: str, *, begin: str, pool_size: int) -> AsyncEngine:
    """An engine whose transactions start with `begin`."""
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        connect_args={"timeout": _BUSY_TIMEOUT_MS / 1000},
        # Else errors would repeat what was to be written: what people said, and hashes of their passwords.
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # We say BEGIN ourselves: the driver's own begins too late and always deferred.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            # A commit that the caller was told of survives a power cut.
            "synchronous=FULL",
            "foreign_keys=ON",
            # What is erased is overwritten, and not only left out of the tables.
            "secure_delete=ON",
            f"busy_timeout={_BUSY_TIMEOUT_MS}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


@asynccontextmanager
async def alone_with(url: str) -> AsyncIterator[AsyncConnection]:
    """The database file for us alone while the block lasts. Raises `Conflict` while another process has it
    open, and none can open it meanwhile (https://sqlite.org/pragma.html#pragma_locking_mode).
    """
    engine = create_async_engine(url, poolclass=NullPool, connect_args={"timeout": _ALONE_TIMEOUT_SECONDS})

    @event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA locking_mode=EXCLUSIVE")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN EXCLUSIVE")

    try:
        async with engine.connect() as connection:
            try:
                await connection.begin()
            except OperationalError as error:
                raise Conflict(
                    f"Another process has {make_url(url).database} open. Stop `surtitle serve` and all "
                    "workers first."
                ) from error
            yield connection
    finally:
        await engine.dispose()
