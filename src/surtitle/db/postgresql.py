"""Connections to PostgreSQL: who signs in, how long anything may take, what is tried again."""

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from weakref import WeakKeyDictionary

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from surtitle.config import DatabaseSettings
from surtitle.config.addresses import place_of
from surtitle.db.errors import DatabaseAway
from surtitle.errors import Invalid

_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 1.0
_MOST_PROBES = 3
_WITHOUT_PASSWORD = asyncpg.InvalidAuthorizationSpecificationError
_PASSING = (
    OSError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.PostgresConnectionError,
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who signs in. The password is in no text that this makes of itself."""

    user: str
    password: str = field(repr=False)


AskCredentials = Callable[[], Awaitable[Credentials]]
"""Asked before each new connection, so that what it gives may change while the process runs."""


def is_postgresql(url: str) -> bool:
    return url.partition("://")[0].partition("+")[0] in {"postgres", "postgresql"}


def libpq_url(url: str) -> str:
    """The address as libpq and asyncpg read it, whatever driver it names (`postgresql+psycopg2://…`)."""
    _, _, rest = url.partition("://")
    return f"postgresql://{rest}"


def postgresql_engine(connector: "Connector", settings: DatabaseSettings) -> AsyncEngine:
    """An engine with one pool. It sends no statement twice: what breaks off is told to the caller."""
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connector.connect,
        pool_size=settings.connections,
        max_overflow=0,
        pool_timeout=settings.wait_seconds,
        pool_recycle=settings.recycle_seconds,
        # As for SQLite: no error repeats what was to be written.
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "checkout")
    def _replace_broken(connection: Any, _record: Any, _proxy: Any) -> None:
        # The driver hears of a server that stopped; a ping would cost each transaction three round trips.
        if connection.driver_connection.is_closed():
            raise InvalidatePoolError("the server closed the connection")
        if not connector.is_current(connection.driver_connection):
            raise DisconnectionError("somebody else signs in now")

    return engine


class Connector:
    """Makes connections to one server, and waits a little for a server that is starting again."""

    def __init__(self, url: str, settings: DatabaseSettings, credentials: AskCredentials | None) -> None:
        self._url = libpq_url(url)
        self._settings = settings
        self._credentials = credentials
        self._place = place_of(self._url)
        self._turn = 0
        self._made_in: WeakKeyDictionary[asyncpg.Connection, int] = WeakKeyDictionary()

    def sign_in_again(self) -> None:
        """From now on no connection is current that was begun before."""
        self._turn += 1

    def is_current(self, connection: asyncpg.Connection) -> bool:
        return self._made_in.get(connection) == self._turn

    async def connect(self, *_arguments: Any, **_options: Any) -> asyncpg.Connection:
        """A new connection. Raises `DatabaseAway` saying why there is none, and `Invalid`."""
        deadline = time.monotonic() + self._settings.connect_seconds
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                return await self._try(max(0.1, deadline - time.monotonic()))
            except (asyncpg.PostgresError, OSError) as error:
                if not self._may_pass(error) or time.monotonic() + pause >= deadline:
                    raise DatabaseAway(self._why_not(error)) from error
            except (asyncpg.ClientConfigurationError, ValueError) as error:
                # What it says quotes what it cannot read, which may be a piece of the password.
                raise Invalid(
                    f"SURTITLE_DATABASE_URL cannot be used ({type(error).__name__}). Write "
                    "postgresql://USER:PASSWORD@HOST:5432/DATABASE; in the password write %2F for /, %3F for "
                    "?, %23 for #, %40 for @."
                ) from None
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _try(self, seconds: float) -> asyncpg.Connection:
        settings, turn = self._settings, self._turn
        user, password = await self.account()
        connection: asyncpg.Connection = await asyncpg.connect(
            self._url,
            user=user,
            password=password,
            timeout=seconds,
            server_settings={
                "application_name": "surtitle",
                "timezone": "UTC",
                # Compiling pays for queries of seconds; ours take milliseconds.
                "jit": "off",
                "statement_timeout": _milliseconds(settings.statement_seconds),
                "lock_timeout": _milliseconds(settings.lock_seconds),
                "idle_in_transaction_session_timeout": _milliseconds(settings.idle_transaction_seconds),
            },
        )
        _notice_silence(connection, settings.silence_seconds)
        self._made_in[connection] = turn
        return connection

    async def account(self) -> tuple[str | None, str | None]:
        """Who signs in, where the address does not say it; None leaves it to what libpq's variables say."""
        if self._credentials is not None:
            given = await self._credentials()
            return given.user, given.password
        address, settings = urlsplit(self._url), self._settings
        named = parse_qs(address.query)
        password = settings.password.get_secret_value() if settings.password else None
        return (
            None if address.username or "user" in named else settings.user,
            None if address.password or "password" in named else password,
        )

    def _may_pass(self, error: Exception) -> bool:
        # Whoever gives credentials may have given some that were about to expire.
        return isinstance(error, _PASSING) or (
            self._credentials is not None and isinstance(error, _WITHOUT_PASSWORD)
        )

    def _why_not(self, error: Exception) -> str:
        place, words = self._place or "its default address", str(error) or type(error).__name__
        if self._place is None:
            # The words may name a database or a port that is in truth a piece of the password.
            place, words = "the address in SURTITLE_DATABASE_URL", type(error).__name__
        if isinstance(error, _WITHOUT_PASSWORD):
            return (
                f"PostgreSQL at {place} refuses the user or the password. Correct "
                "SURTITLE_DATABASE_URL or SURTITLE_DATABASE__PASSWORD."
            )
        if isinstance(error, asyncpg.InvalidCatalogNameError):
            return f"PostgreSQL at {place} says: {words}. Create it with createdb."
        reason = "no answer in time" if isinstance(error, TimeoutError) else words
        return (
            f"PostgreSQL at {place} cannot be reached: {reason}. Look whether it runs and whether "
            "SURTITLE_DATABASE_URL is right; Surtitle goes on when it is back."
        )


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))


def _notice_silence(connection: asyncpg.Connection, seconds: float) -> None:
    """Have the kernel break a connection whose other end is silent: a machine that is gone says no goodbye,
    and by default a reply is awaited for a quarter of an hour (tcp(7), tcp_retries2).
    """
    # The driver has no public way to its socket; a copy of the descriptor sets the same socket.
    transport = connection._transport  # noqa: SLF001
    ours = transport.get_extra_info("socket")
    if ours is None or ours.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    probe_seconds = max(1, round(seconds / (_MOST_PROBES + 1)))
    with socket.socket(fileno=os.dup(ours.fileno())) as copy:
        copy.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in (
            ("TCP_USER_TIMEOUT", round(seconds * 1000)),
            ("TCP_KEEPIDLE", probe_seconds),
            ("TCP_KEEPINTVL", probe_seconds),
            ("TCP_KEEPCNT", _MOST_PROBES),
        ):
            # macOS has no user timeout; its probes do alone.
            if (option := getattr(socket, name, None)) is not None:
                copy.setsockopt(socket.IPPROTO_TCP, option, value)
