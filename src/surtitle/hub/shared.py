"""The hub of many machines: hints by Redis' publish and subscribe. Nothing is kept there.

Redis may be away, restarted or emptied at any time. Then each process hears its own hints only, and who waits
looks at the database as often as it does without a hub.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from redis.asyncio import Redis

from surtitle.config import HubSettings
from surtitle.hub.connecting import connection_pool
from surtitle.hub.hearing import Hearing
from surtitle.hub.local import LocalHub, LocalListener
from surtitle.hub.protocol import PATIENCE_SECONDS
from surtitle.hub.sending import Sending


class RedisHub:
    """A `Hub` for all processes that use one Redis server and one `hub.prefix`. Open it with `opened`."""

    def __init__(self, settings: HubSettings, poll_seconds: float) -> None:
        self._poll_seconds = poll_seconds
        self._local = LocalHub()
        self._redis = Redis.from_pool(connection_pool(settings))
        prefix, own = f"{settings.prefix}:", secrets.token_hex(8).encode()
        self._sending = Sending(self._redis, prefix, own)
        self._hearing = Hearing(self._redis, prefix, own, self._local.wake)

    @property
    def reaches_others(self) -> bool:
        return self._hearing.link.is_up and not self._sending.link.is_down

    @property
    def patience_seconds(self) -> float:
        return PATIENCE_SECONDS if self.reaches_others else self._poll_seconds

    def wake(self, topic: str) -> None:
        self._local.wake(topic)
        self._sending.send(topic)

    def wake_all(self) -> None:
        self._local.wake_all()

    @contextmanager
    def listen(self, topic: str) -> Iterator[LocalListener]:
        with self._hearing.subscribed(topic), self._local.listen(topic) as listener:
            yield listener

    @contextmanager
    def on_wake(self, topic: str, call: Callable[[], None]) -> Iterator[None]:
        with self._hearing.subscribed(topic), self._local.on_wake(topic, call):
            yield

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["RedisHub"]:
        """Carry hints while the block lasts. It begins at once, whether or not Redis is there."""
        ways = (self._hearing, self._sending)
        tasks = [asyncio.create_task(way.link.keep_up(way.run)) for way in ways]
        try:
            yield self
        finally:
            await self._sending.flush()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._redis.aclose()
