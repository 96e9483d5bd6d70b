"""Counts that run out: how often somebody failed to sign in, how many requests came in a minute."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from limits.aio.storage import Storage
from limits.aio.storage.base import SlidingWindowCounterSupport
from limits.storage.base import TimestampedSlidingWindow

MOST_COUNTS = 100_000
"""About 30 MB. Whoever comes from a million addresses pushes the oldest counts out, and no process over."""

_SWEPT_AT_ONCE = 4


@dataclass(slots=True)
class _Count:
    number: int
    until: float


class BoundedCounters(Storage, SlidingWindowCounterSupport, TimestampedSlidingWindow):
    """Counts of this process, in the form that `limits` asks for.

    The library's own grows with every address that it sees, and looks through all of them at each request.
    """

    STORAGE_SCHEME = None

    def __init__(self, most: int = MOST_COUNTS, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self.clock = clock
        self._most = most
        self._counts: OrderedDict[str, _Count] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """The number after adding `amount`; it runs out `expiry` seconds after it was first counted."""
        count = self._live(key)
        if count is None:
            self._make_room()
            count = self._counts[key] = _Count(0, self.clock() + expiry)
        count.number += amount
        self._counts.move_to_end(key)
        return count.number

    async def get(self, key: str) -> int:
        count = self._live(key)
        return count.number if count else 0

    async def get_expiry(self, key: str) -> float:
        count = self._live(key)
        return count.until if count else self.clock()

    async def clear(self, key: str) -> None:
        self._counts.pop(key, None)

    async def reset(self) -> int | None:
        known = len(self._counts)
        self._counts.clear()
        return known

    async def check(self) -> bool:
        return True

    async def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count `amount` if the last `expiry` seconds then hold no more than `limit`."""
        before, before_seconds, now, _ = await self.get_sliding_window(key, expiry)
        if int(before * before_seconds / expiry + now) + amount > limit:
            return False
        # A window is looked at until the one after it has ended.
        await self.incr(self._window_keys(key, expiry)[1], 2 * expiry, amount)
        return True

    async def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """The counts of the window before and of this one, each with the seconds that it still matters."""
        before, current = self._window_keys(key, expiry)
        left = expiry - self.clock() % expiry
        counted_before = await self.get(before)
        return counted_before, left if counted_before else 0.0, await self.get(current), left + expiry

    async def clear_sliding_window(self, key: str, expiry: int) -> None:
        for name in self._window_keys(key, expiry):
            await self.clear(name)

    def _window_keys(self, key: str, expiry: int) -> tuple[str, str]:
        return self.sliding_window_keys(key, expiry, self.clock())

    def _live(self, key: str) -> _Count | None:
        count = self._counts.get(key)
        if count is not None and count.until <= self.clock():
            del self._counts[key]
            return None
        return count

    def _make_room(self) -> None:
        """Drop a few that have run out, of those that were not counted for longest; the first if none has."""
        now = self.clock()
        for key in list(self._oldest()):
            if self._counts[key].until <= now:
                del self._counts[key]
        while len(self._counts) >= self._most:
            self._counts.popitem(last=False)

    def _oldest(self) -> list[str]:
        return [key for key, _ in zip(self._counts, range(_SWEPT_AT_ONCE), strict=False)]
