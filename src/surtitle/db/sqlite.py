"""Engines for a SQLite file, with the settings that the job rules rest on."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiosqlite
from sqlalchemy import event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from surtitle.errors import Conflict

_BUSY_TIMEOUT_MS = 30_000
_ASK_AGAIN_SECONDS = 0.01
_ALONE_TIMEOUT_SECONDS = 1.0


class _Connection(sqlite3.Connection):
    """Gives its locks back when it is closed.

    SQLite itself lets a closed connection live on, write lock and all, until nobody holds a statement of it
    that was not read to its end (https://sqlite.org/c3ref/close.html). Whoever is cancelled while it reads
    leaves such a statement to the garbage collector.
    """

    def close(self) -> None:
        # Outside a transaction it does nothing, and is refused where this connection is closed already.
        with suppress(sqlite3.Error):
            self.rollback()
        super().close()


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
        connect_args={"timeout": _BUSY_TIMEOUT_MS / 1000, "factory": _Connection},
        # Else errors would repeat what was to be written: what people said, and hashes of their passwords.
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # We say BEGIN ourselves: the driver's own begins too late and always deferred.
        connection.isolation_level = None
        connection.run_async(_configured)

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


async def _configured(driver: aiosqlite.Connection) -> None:
    await _say(driver, f"busy_timeout={_BUSY_TIMEOUT_MS}")
    await _with_write_ahead_log(driver)
    for pragma in (
        # A commit that the caller was told of survives a power cut.
        "synchronous=FULL",
        "foreign_keys=ON",
        # What is erased is overwritten, and not only left out of the tables.
        "secure_delete=ON",
    ):
        await _say(driver, pragma)


async def _with_write_ahead_log(driver: aiosqlite.Connection) -> None:
    """Where two processes change a new file over at once, SQLite refuses one of them without waiting, for all
    its timeout: both hold a lock that the other waits for (https://sqlite.org/c3ref/busy_handler.html).
    """
    give_up = time.monotonic() + _BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            return await _say(driver, "journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
        await asyncio.sleep(_ASK_AGAIN_SECONDS)


async def _say(driver: aiosqlite.Connection, pragma: str) -> None:
    await (await driver.execute(f"PRAGMA {pragma}")).close()


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
