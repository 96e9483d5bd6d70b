"""Connections to SQLite or PostgreSQL, with the settings that the job rules rest on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

_BUSY_TIMEOUT_MS = 30_000


class Database:
    """Sessions for one process. `reading()` never blocks a writer; `writing()` commits at its end.

    SQLite allows one writer at a time, so writing has a connection of its own that takes the write
    lock when it begins: two writers queue up instead of failing half-way.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite:
            _make_parent(url)
            self._readers = _sqlite_engine(url, begin="BEGIN", pool_size=4)
            self._writer = _sqlite_engine(url, begin="BEGIN IMMEDIATE", pool_size=1)
        else:
            self._readers = self._writer = create_async_engine(url, pool_size=10, pool_pre_ping=True)
        self._read_session = async_sessionmaker(self._readers, expire_on_commit=False)
        self._write_session = async_sessionmaker(self._writer, expire_on_commit=False)

    @property
    def engine(self) -> AsyncEngine:
        """The writing engine, for migrations and for raw access in tests."""
        return self._writer

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that only reads; nothing done in it is kept."""
        async with self._read_session() as session:
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A session in one transaction: committed when the block ends, undone when it raises."""
        async with self._write_session.begin() as session:
            yield session

    async def drop_traces(self) -> None:
        """What was deleted is soon in no file of the database: SQLite keeps old pages in its log for a while.

        A reader at work puts it off; later writes do it then.
        """
        if self.is_sqlite:
            async with self._readers.connect() as connection:
                driver = (await connection.get_raw_connection()).driver_connection
                assert driver is not None
                # Past SQLAlchemy, which would begin a transaction first, and within one it does nothing.
                await (await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")).close()

    async def close(self) -> None:
        await self._readers.dispose()
        if self._writer is not self._readers:
            await self._writer.dispose()


def _make_parent(url: str) -> None:
    database = make_url(url).database
    if database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)


def _sqlite_engine(url: str, *, begin: str, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(
        url, pool_size=pool_size, max_overflow=0, connect_args={"timeout": _BUSY_TIMEOUT_MS / 1000}
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
