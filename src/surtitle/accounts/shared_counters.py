"""Counts that all processes share in Redis or elsewhere; while that is away, each process counts for itself.

This fails towards letting people in: a rate then holds for each process, and nobody is refused or sees an
error because a server for counts is away.
"""

import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from limits.aio.storage import RedisStorage, Storage
from limits.aio.storage.base import SlidingWindowCounterSupport
from limits.errors import ConfigurationError
from limits.storage import storage_from_string
from redis.exceptions import RedisError

from surtitle.accounts.counters import BoundedCounters
from surtitle.config import HubSettings
from surtitle.errors import Unavailable
from surtitle.hub.connecting import answered_within, connection_pool

log = logging.getLogger(__name__)

_ANSWER_SECONDS = 1.0
# So long nobody asks a server that did not answer; then one request does, and the others need not wait.
_PAUSE_SECONDS = 5.0


class SharedCounters(Storage, SlidingWindowCounterSupport):
    """Counts in `shared`, a storage of `limits` with sliding windows; or here while it does not answer."""

    STORAGE_SCHEME = None

    def __init__(self, shared: Any, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._shared = shared
        broken = shared.base_exceptions
        self._broken = (RedisError, OSError, *(broken if isinstance(broken, tuple) else (broken,)))
        self._own = BoundedCounters()
        self._clock = clock
        self._is_away = False
        self._ask_again_at = 0.0

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        return int(await self._counted("incr", key, expiry, amount))

    async def get(self, key: str) -> int:
        return int(await self._counted("get", key))

    async def get_expiry(self, key: str) -> float:
        return float(await self._counted("get_expiry", key))

    async def clear(self, key: str) -> None:
        await self._counted("clear", key)

    async def reset(self) -> int | None:
        await self._own.reset()
        return int(await self._counted("reset") or 0)

    async def check(self) -> bool:
        return bool(await self._counted("check"))

    async def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        return bool(await self._counted("acquire_sliding_window_entry", key, limit, expiry, amount))

    async def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        window: tuple[int, float, int, float] = await self._counted("get_sliding_window", key, expiry)
        return window

    async def clear_sliding_window(self, key: str, expiry: int) -> None:
        await self._counted("clear_sliding_window", key, expiry)

    async def _counted(self, method: str, *arguments: Any) -> Any:
        now = self._clock()
        if now >= self._ask_again_at:
            if self._is_away:
                self._ask_again_at = now + _PAUSE_SECONDS
            try:
                async with answered_within(_ANSWER_SECONDS):
                    answer = await getattr(self._shared, method)(*arguments)
            except self._broken as error:
                self._went_away(error)
            else:
                self._came_back()
                return answer
        return await getattr(self._own, method)(*arguments)

    def _went_away(self, error: Exception) -> None:
        if not self._is_away:
            log.warning(
                "cannot count rates and failed logins where all processes share them (%s); until it is back, "
                "each process counts for itself",
                error,
            )
        self._is_away, self._ask_again_at = True, self._clock() + _PAUSE_SECONDS

    def _came_back(self) -> None:
        if self._is_away:
            log.info("rates and failed logins are counted for all processes together again")
        self._is_away, self._ask_again_at = False, 0.0


@asynccontextmanager
async def in_redis(settings: HubSettings) -> AsyncIterator[RedisStorage]:
    """Counts on the server that `settings` name. Nothing is asked of it yet."""
    pool: Any = connection_pool(settings)
    prefix = f"{settings.prefix}:counts"
    try:
        # The pool knows the URL; this one is only looked at for its kind.
        yield RedisStorage("redis://", implementation="redispy", key_prefix=prefix, connection_pool=pool)
    finally:
        await pool.aclose()


def elsewhere(url: str) -> Storage:
    """Counts where `limits` can keep them (`async+memcached://…`). Raises `Unavailable`."""
    try:
        opened: Any = storage_from_string(url)
    except (ConfigurationError, ImportError) as error:
        # Its own message repeats the URL, and the URL may hold a password.
        scheme = url.partition("://")[0][:30]
        raise Unavailable(
            f"Counts for limits cannot be kept in {scheme!r}: unknown, or its client is not installed. "
            "Correct or unset SURTITLE_LIMITS__STORAGE_URL."
        ) from error
    if not isinstance(opened, Storage) or not isinstance(opened, SlidingWindowCounterSupport):
        raise Unavailable(
            "SURTITLE_LIMITS__STORAGE_URL has to begin with `async+`, as `async+redis://` does, and name a "
            "kind of server that counts in sliding windows."
        )
    return opened
