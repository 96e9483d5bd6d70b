"""Hints on their way to Redis: those that could not be sent wait, each topic once."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from redis.asyncio import Redis

from surtitle.hub.connecting import answered_within
from surtitle.hub.link import Link

_ANSWER_SECONDS = 5.0
_FLUSH_SECONDS = 1.0
# About 2 MB. Who has so many hints to send has been without Redis for long, and all look for themselves.
_MOST_UNSENT = 10_000


class Sending:
    """Publishes on `channel(topic)` that `sender` has a hint, as `run` finds the time."""

    def __init__(self, redis: Redis, prefix: str, sender: bytes) -> None:
        self.link = Link("send hints to")
        self._redis = redis
        self._prefix = prefix
        self._sender = sender
        self._unsent: dict[str, None] = {}
        self._to_send = asyncio.Event()
        self._all_sent = asyncio.Event()
        self._all_sent.set()

    def send(self, topic: str) -> None:
        """Soon. Never raises, never blocks."""
        if len(self._unsent) < _MOST_UNSENT:
            self._unsent[topic] = None
        self._all_sent.clear()
        self._to_send.set()

    async def run(self) -> None:
        """Send for ever; ends with what broke it, and what could not be sent waits for the next time."""
        while True:
            await self._to_send.wait()
            self._to_send.clear()
            topics, self._unsent = self._unsent, {}
            try:
                async with answered_within(_ANSWER_SECONDS):
                    await self._publish(list(topics))
            except BaseException:
                self._unsent = {**topics, **self._unsent}
                self._to_send.set()
                raise
            self.link.went_up()
            if not self._unsent:
                self._all_sent.set()

    async def flush(self) -> None:
        """A command that has queued a job ends at once: its hint goes out first, where it can."""
        if not self.link.is_down:
            with suppress(TimeoutError):
                async with asyncio.timeout(_FLUSH_SECONDS):
                    await self._all_sent.wait()

    async def _publish(self, topics: Sequence[str]) -> None:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for topic in topics:
                pipeline.publish(f"{self._prefix}{topic}", self._sender)
            await pipeline.execute()
