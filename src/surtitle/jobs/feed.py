"""The newest events of one job, held once for all who listen to it."""

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import takewhile

from surtitle.jobs.events import Event

MOST_KEPT = 250
"""About 100 KB a job. Whoever is further behind reads too slowly for what happens."""


class Feed:
    """A job's events from some number on, without a gap. `ended`: nothing is added any more."""

    def __init__(self) -> None:
        self.listeners = 0
        self.ended = False
        self._events: deque[Event] = deque()
        self._begins_after: int | None = None
        self._read_to = 0
        self._news = asyncio.Event()
        self._error: BaseException | None = None

    @property
    def read_to(self) -> int | None:
        """The number to read on from. None: all who listen are still busy with the past."""
        return None if self._begins_after is None else self._read_to

    def begin(self, number: int) -> bool:
        """What comes after `number` is for the feed. Whether this is news: only the first time counts."""
        if self._begins_after is not None:
            return False
        self._begins_after = self._read_to = number
        return True

    def reaches(self, number: int) -> bool:
        """Whether it has, or will have, all that comes after `number`."""
        return self._begins_after is not None and self._begins_after <= number

    def after(self, number: int) -> Sequence[Event]:
        """What it has with a higher number."""
        newer = list(takewhile(lambda event: event.number > number, reversed(self._events)))
        return newer[::-1]

    def add(self, events: Sequence[Event]) -> None:
        self._events.extend(events)
        self._read_to = events[-1].number
        while len(self._events) > MOST_KEPT:
            self._begins_after = self._events.popleft().number
        self._tell()

    def end(self, error: BaseException | None = None) -> None:
        """With `error`, that is what all who listen are told after the events."""
        self.ended, self._error = True, error
        self._tell()

    def raise_error(self) -> None:
        """Raises what it ended with, if that is an error."""
        if self._error is not None:
            raise self._error.with_traceback(None)

    async def news(self) -> None:
        """Until something is added, or it ends. Look, then wait with no `await` between, to miss nothing."""
        await self._news.wait()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
