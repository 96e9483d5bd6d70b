"""How many requests a minute each caller may send: a person, a key's project, or an address."""

import math
import time
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from surtitle.accounts.access import Principal
from surtitle.accounts.networks import network_of
from surtitle.config import LimitSettings

WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a rate. `policy` names the rate; in `reset_seconds` there is more again."""

    policy: str
    limit: int
    left: int
    reset_seconds: int
    granted: bool


class RateLimits:
    """Counts in a sliding window: a minute that ends is no new start for who used it up."""

    def __init__(self, counts: Storage, settings: LimitSettings) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(counts)
        self._settings = settings

    async def spend(self, caller: Principal | None, address: str) -> Allowance | None:
        """One request of `caller`, or of the address where nobody is known. None: there is no limit."""
        policy, whose, limit = self._rate(caller, address)
        if not limit:
            return None
        rate = RateLimitItemPerMinute(limit)
        granted = await self._limiter.hit(rate, policy, whose)
        return await self._allowance(rate, policy, whose, granted=granted)

    def _rate(self, caller: Principal | None, address: str) -> tuple[str, str, int]:
        settings = self._settings
        if caller is None or (caller.key is None and caller.user_id is None):
            return "address", network_of(address), settings.address_requests_a_minute
        if caller.key is None:
            return "user", str(caller.user_id), settings.user_requests_a_minute
        if caller.key.requests_a_minute is not None:
            return "project", str(caller.key.project_id), caller.key.requests_a_minute
        return "key", str(caller.key.id), settings.key_requests_a_minute

    async def _allowance(self, rate: RateLimitItem, policy: str, whose: str, *, granted: bool) -> Allowance:
        reset_at, left = await self._limiter.get_window_stats(rate, policy, whose)
        seconds = min(WINDOW_SECONDS, max(1, math.ceil(reset_at - time.time())))
        return Allowance(policy, rate.amount, left if granted else 0, seconds, granted)
