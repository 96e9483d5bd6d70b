"""Hints that come from Redis, for the topics that somebody in this process listens to."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError as RedisAway

from surtitle.hub.connecting import answered_within
from surtitle.hub.link import Link

_ANSWER_SECONDS = 5.0
# A connection that broke without a word (a firewall forgot it) is noticed after two such silences.
_SILENCE_SECONDS = 10.0


class Hearing:
    """Calls `on_hint` with the topic of each hint that another than `sender` gave."""

    def __init__(self, redis: Redis, prefix: str, sender: bytes, on_hint: Callable[[str], None]) -> None:
        self.link = Link("hear hints from")
        self._redis = redis
        self._prefix = prefix
        self._sender = sender
        self._on_hint = on_hint
        self._wanted: Counter[str] = Counter()
        self._wanted_changed = asyncio.Event()

    @contextmanager
    def subscribed(self, topic: str) -> Iterator[None]:
        """Hear the topic while the block lasts, soon after it began."""
        self._wanted[topic] += 1
        self._wanted_changed.set()
        try:
            yield
        finally:
            self._wanted[topic] -= 1
            if not self._wanted[topic]:
                del self._wanted[topic]
            self._wanted_changed.set()

    async def run(self) -> None:
        """One connection's life; ends with what broke it."""
        async with self._redis.pubsub() as connection:
            async with answered_within(_ANSWER_SECONDS):
                # Its own channel, on which nobody speaks: a connection without any could not be read from.
                await connection.subscribe(self._prefix)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_subscribed(connection))
                tasks.create_task(self._pass_on(connection))

    async def _keep_subscribed(self, connection: PubSub) -> None:
        subscribed: set[str] = set()
        while True:
            self._wanted_changed.clear()
            wanted = set(self._wanted)
            async with answered_within(_ANSWER_SECONDS):
                if new := wanted - subscribed:
                    await connection.subscribe(*map(self._channel, new))
                if old := subscribed - wanted:
                    await connection.unsubscribe(*map(self._channel, old))
            subscribed = wanted
            await self._wanted_changed.wait()

    async def _pass_on(self, connection: PubSub) -> None:
        asked = False
        while True:
            message = await connection.get_message(timeout=_SILENCE_SECONDS)
            if message is not None:
                asked = False
                self._heard(message)
            elif asked:
                raise RedisAway("it does not answer any more")
            else:
                async with answered_within(_ANSWER_SECONDS):
                    await connection.ping()
                asked = True

    def _heard(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribe":
            self.link.went_up()
        elif message["type"] != "message" or message["data"] == self._sender:
            return
        # A subscription counts as a hint: one may have been given just before it began.
        self._on_hint(message["channel"].decode().removeprefix(self._prefix))

    def _channel(self, topic: str) -> str:
        return f"{self._prefix}{topic}"
