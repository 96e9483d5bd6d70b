"""A way to another server that is kept open, with waits that grow while the server is away."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from redis.backoff import EqualJitterBackoff
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0
# From here on all pauses are the longest; and 2 to the power of an hour's failures is no number any more.
_MOST_FAILURES = 10


class Link:
    """One direction to Redis. That it broke is logged once, and so is that it works again.

    Neither up nor down until it was first tried.
    """

    def __init__(self, purpose: str) -> None:
        self.is_up = False
        self.is_down = False
        self._purpose = purpose
        self._failures = 0
        self._down_since = 0.0

    async def keep_up(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do `work`, which calls `went_up` when it has a connection, again and again as it breaks."""
        try:
            while True:
                try:
                    await work()
                except* (RedisError, OSError) as errors:
                    self._went_down(errors.exceptions[0])
                await asyncio.sleep(pause_seconds(self._failures))
                self._failures += 1
        except Exception:
            log.exception("cannot %s Redis any more: until a restart, this process polls", self._purpose)
            raise
        finally:
            # However it ended, nobody may rely on hints now.
            self.is_up, self.is_down = False, True

    def went_up(self) -> None:
        """It works."""
        if self.is_down:
            log.info("can %s Redis again, after %.0f s", self._purpose, time.monotonic() - self._down_since)
        self.is_up, self.is_down, self._failures = True, False, 0

    def _went_down(self, error: BaseException) -> None:
        if not self.is_down:
            self._down_since = time.monotonic()
            log.warning(
                "cannot %s Redis (%s). Nothing is lost: until it is back, each process looks for news itself "
                "every SURTITLE_JOBS__POLL_SECONDS",
                self._purpose,
                error,
            )
        self.is_up, self.is_down = False, True


def pause_seconds(failures: int) -> float:
    """How long to wait after so many failures in a row. Differs, or all processes would come back at once."""
    backoff = EqualJitterBackoff(cap=_LONGEST_PAUSE_SECONDS, base=_FIRST_PAUSE_SECONDS)
    pause: float = backoff.compute(min(failures, _MOST_FAILURES))
    return pause
