"""Connections to Redis. What fails is told at once: who asks knows best when to ask again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisAway

from surtitle.config import HubSettings

_CONNECT_SECONDS = 2.0
_MOST_CONNECTIONS = 16


def connection_pool(settings: HubSettings) -> BlockingConnectionPool:
    """Connections that neither try again nor give up by themselves: ask within `answered_within`."""
    assert settings.url is not None
    pool = BlockingConnectionPool.from_url(
        settings.url.get_secret_value(), max_connections=_MOST_CONNECTIONS, timeout=None
    )
    pool.connection_kwargs |= {
        "retry": Retry(NoBackoff(), 0, supported_errors=()),
        "socket_connect_timeout": _CONNECT_SECONDS,
        # With one, the client sends by `asyncio.wait_for`, which in Python 3.11 can swallow a cancellation
        # (CPython gh-86296).
        "socket_timeout": None,
        "client_name": "surtitle",
        "decode_responses": False,
    }
    return pool


@asynccontextmanager
async def answered_within(seconds: float) -> AsyncIterator[None]:
    """Raises `redis.ConnectionError` when the block is not done in time."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise RedisAway(f"no answer within {seconds:g} s") from error
