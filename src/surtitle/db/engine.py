"""Sessions with SQLite or PostgreSQL, alike for whoever uses them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.pool import QueuePool

from surtitle.config import DatabaseSettings
from surtitle.db import tables
from surtitle.db.errors import told_apart
from surtitle.db.postgresql import AskCredentials, Connector, is_postgresql, postgresql_engine
from surtitle.db.sqlite import make_parent, sqlite_engine
from surtitle.errors import Invalid

# What is cancelled needs a moment to roll back; what hangs must not keep a process from ending.
_SESSIONS_MAY_LAST_SECONDS = 5.0

METADATA = tables.METADATA
"""Known wherever there is a database, so that one table can refer to another."""


class Database:
    """Sessions for one process. `reading()` never blocks a writer; `writing()` commits at its end.

    Both raise `DatabaseAway` where the database does not answer (in time), and `DatabaseFull`. SQLite allows
    one writer at a time, so writing has a connection of its own there that takes the write lock when it
    begins: two writers queue up instead of failing half-way. PostgreSQL has one pool; `credentials` is asked
    who signs in before each new connection, in place of the URL.
    """

    def __init__(
        self, url: str, settings: DatabaseSettings | None = None, credentials: AskCredentials | None = None
    ) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite:
            make_parent(url)
            self._readers = sqlite_engine(url, begin="BEGIN", pool_size=4)
            self._writer = sqlite_engine(url, begin="BEGIN IMMEDIATE", pool_size=1)
        elif is_postgresql(url):
            settings = settings or DatabaseSettings()
            self._connector = Connector(url, settings, credentials)
            self._readers = self._writer = postgresql_engine(self._connector, settings)
        else:
            raise Invalid(
                f"There is no support for databases called {url.partition(':')[0][:20]!r}. Set "
                "SURTITLE_DATABASE_URL to postgresql://USER@HOST/DATABASE, or unset it for SQLite."
            )
        self._read_session = async_sessionmaker(self._readers, expire_on_commit=False)
        self._write_session = async_sessionmaker(self._writer, expire_on_commit=False)

    @property
    def engine(self) -> AsyncEngine:
        """The writing engine, for migrations and for raw access in tests."""
        return self._writer

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that only reads; nothing done in it is kept."""
        with _told_apart():
            async with self._read_session() as session:
                yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A session in one transaction: committed when the block ends, undone when it raises.

        Where the connection breaks while it commits, the caller cannot know whether it was.
        """
        with _told_apart():
            async with self._write_session.begin() as session:
                yield session

    @asynccontextmanager
    async def without_transactions(self) -> AsyncIterator[AsyncConnection]:
        """A connection to PostgreSQL on which each statement stands for itself, as some of its commands need.
        Settings and locks that the block makes end with it.
        """
        with _told_apart():
            async with self._writer.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                try:
                    yield connection
                finally:
                    await connection.invalidate()

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

    async def sign_in_again(self) -> None:
        """Have all later work use new connections, with new credentials; work under way ends on its own."""
        if not self.is_sqlite:
            self._connector.sign_in_again()

    async def account(self) -> tuple[str | None, str | None]:
        """User and password for another program that signs in to PostgreSQL for us; None: the URL says it."""
        return (None, None) if self.is_sqlite else await self._connector.account()

    async def close(self) -> None:
        """Close all connections. Sessions still open may end first: a connection that comes back later would
        be closed by nobody.
        """
        engines = (self._readers,) if self._writer is self._readers else (self._readers, self._writer)
        with suppress(TimeoutError):
            async with asyncio.timeout(_SESSIONS_MAY_LAST_SECONDS):
                await asyncio.gather(*map(_all_returned, engines))
        for engine in engines:
            await engine.dispose()


async def _all_returned(engine: AsyncEngine) -> None:
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    while pool.checkedout():  # noqa: ASYNC110  the pool has no event for it
        await asyncio.sleep(0.005)


@contextmanager
def _told_apart() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        told = told_apart(error)
        if told is error:
            raise
        raise told from error
