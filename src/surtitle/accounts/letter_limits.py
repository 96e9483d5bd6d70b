"""How many letters people may have sent to addresses that they name: nobody's mailbox is theirs to fill."""

import hashlib
import math
import time
from uuid import UUID

from limits import RateLimitItem, RateLimitItemPerHour
from limits.aio.storage import Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from surtitle.errors import Busy

# Who invites a whole class does so at once.
BY_ONE_PERSON = RateLimitItemPerHour(50)
TO_ONE_ADDRESS = RateLimitItemPerHour(5)


class TooManyLetters(Busy):
    """So many letters were sent for this person, or to this address, within an hour that the next has to wait
    as long as `Retry-After` says.
    """

    slug = "too-many-letters"

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(
            "Too many letters were sent within an hour, by you or to this address. Try again in "
            f"{wait_seconds} s; an invitation without an e-mail is a link to pass on, and no letter.",
            retry_after_seconds=wait_seconds,
        )


class LetterLimits:
    """Counts in a sliding window."""

    def __init__(self, counts: Storage) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(counts)

    async def spend(self, by: UUID, email_key: str) -> None:
        """One letter to the address, which this person asks for. Raises `TooManyLetters`."""
        # The person first: whoever has none left must not use up those of an address.
        await self._spend(BY_ONE_PERSON, "letters-by", str(by))
        await self._spend(TO_ONE_ADDRESS, "letters-to", _mailbox(email_key))

    async def _spend(self, rate: RateLimitItem, kind: str, whose: str) -> None:
        if await self._limiter.hit(rate, kind, whose):
            return
        reset_at, _ = await self._limiter.get_window_stats(rate, kind, whose)
        raise TooManyLetters(min(rate.get_expiry(), max(1, math.ceil(reset_at - time.time()))))


def _mailbox(email_key: str) -> str:
    """What stands for it: `ana+1@` and `ana@` are one, and addresses stay out of another server's memory."""
    local, _, domain = email_key.rpartition("@")
    named = f"{local.partition('+')[0]}@{domain}"
    return hashlib.sha256(named.encode(errors="surrogatepass")).hexdigest()[:32]
