"""The hub of one process; on one machine, a watch on the database wakes all that listen to it."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from surtitle.hub.protocol import PATIENCE_SECONDS


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


class _Call:
    """One party's wish to be called; two parties may wish for the same."""

    def __init__(self, call: Callable[[], None]) -> None:
        self.made = call


class LocalHub:
    """A `Hub` for one process. With SQLite, a watch on its file calls `wake_all` for what others do; where
    nobody does, `poll_seconds` says how often one looks for oneself.
    """

    def __init__(self, poll_seconds: float | None = None) -> None:
        self.reaches_others = poll_seconds is None
        self.patience_seconds = PATIENCE_SECONDS if poll_seconds is None else poll_seconds
        self._calls: defaultdict[str, set[_Call]] = defaultdict(set)

    def wake(self, topic: str) -> None:
        for call in self._calls.get(topic, ()):
            call.made()

    def wake_all(self) -> None:
        for topic in self._calls:
            self.wake(topic)

    @contextmanager
    def listen(self, topic: str) -> Iterator[LocalListener]:
        listener = LocalListener()
        with self.on_wake(topic, listener.event.set):
            yield listener

    @contextmanager
    def on_wake(self, topic: str, call: Callable[[], None]) -> Iterator[None]:
        wished = _Call(call)
        self._calls[topic].add(wished)
        try:
            yield
        finally:
            self._calls[topic].discard(wished)
            if not self._calls[topic]:
                del self._calls[topic]
