"""The hub of one machine: hints within a process; between processes, a watch on the database."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class LocalListener:
    """A `Listener` on an event that stays set until it is waited for."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    async def wait(self, timeout_seconds: float) -> None:
        try:
            async with asyncio.timeout(timeout_seconds):
                await self.event.wait()
        except TimeoutError:
            return
        self.event.clear()


class LocalHub:
    """A `Hub` for one process. `wake_all` serves hints that do not say what changed."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[LocalListener]] = defaultdict(set)

    def wake(self, topic: str) -> None:
        for listener in self._listeners.get(topic, ()):
            listener.event.set()

    def wake_all(self) -> None:
        for topic in self._listeners:
            self.wake(topic)

    @contextmanager
    def listen(self, topic: str) -> Iterator[LocalListener]:
        listener = LocalListener()
        self._listeners[topic].add(listener)
        try:
            yield listener
        finally:
            self._listeners[topic].discard(listener)
            if not self._listeners[topic]:
                del self._listeners[topic]
