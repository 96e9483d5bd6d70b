"""Slows down who guesses passwords, and nobody else.

Failures are counted for an account as seen from one network, and for a network over all accounts; both
back off exponentially. A count of one network never delays another, so nobody can lock a person out
from elsewhere: an account that is guessed at from many networks only gives new networks fewer tries.
"""

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from limits.aio.storage import Storage

from surtitle.accounts.networks import UNKNOWN, network_of
from surtitle.errors import Busy

_HOUR_SECONDS = 3600
_DAY_SECONDS = 24 * _HOUR_SECONDS
# From so many failures in an hour, from networks where nobody signed in before, an account is guessed at.
_MANY_FAILURES = 50
_KNOWN_SECONDS = 30 * _DAY_SECONDS


class TooManyAttempts(Busy):
    """Too many failed attempts to sign in from here; wait as long as `Retry-After` says."""

    slug = "too-many-attempts"

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(
            f"Too many attempts to sign in failed. Try again in {wait_seconds} s, or reset the password.",
            retry_after_seconds=wait_seconds,
        )


@dataclass(frozen=True, slots=True)
class BackOff:
    """`free` attempts at once; after each further one a wait, from 1 s on, twice as long each time."""

    free: int
    longest_seconds: int
    forgotten_after_seconds: int

    def wait_seconds(self, attempts: int) -> int:
        doublings = min(attempts - self.free - 1, 30)
        return min(1 << doublings, self.longest_seconds)


OF_ACCOUNT = BackOff(free=5, longest_seconds=900, forgotten_after_seconds=_DAY_SECONDS)
OF_GUESSED_ACCOUNT = BackOff(free=1, longest_seconds=900, forgotten_after_seconds=_DAY_SECONDS)
OF_NETWORK = BackOff(free=30, longest_seconds=300, forgotten_after_seconds=_HOUR_SECONDS)


class Throttle:
    """Asked before a password (or another secret that a person types) is verified, and told how it went.

    `account` is the name that was typed in canonical form, whether or not there is such an account. With
    `address` None attempts count for the account wherever they come from: for a second factor, at which
    only those can guess who have the password. An attempt counts from the moment that it is let through,
    so that a thousand at once are no more than a handful, and one that is broken off is a failed one.
    """

    def __init__(self, counts: Storage, clock: Callable[[], float] = time.time) -> None:
        self._counts = counts
        self._clock = clock

    async def check(self, account: str, address: str | None) -> None:
        """Let an attempt through, or raise `TooManyAttempts`."""
        pair, network = _pair(account, address), _network(address)
        known = await self._counts.get(f"known:{pair}") > 0
        ladder = OF_ACCOUNT
        if not known and await self._counts.get(_guesses_at(account)) >= _MANY_FAILURES:
            ladder = OF_GUESSED_ACCOUNT
        steps = [(pair, ladder)]
        if network is not None and not known:
            # A person who signed in from an office before is not delayed by others in that office.
            steps.append((network, OF_NETWORK))
        for name, _ in steps:
            await self._require_no_wait(name)
        for name, back_off in steps:
            await self._count(name, back_off)

    async def failed(self, account: str, address: str | None) -> None:
        """The attempt that was let through failed."""
        if not await self._counts.get(f"known:{_pair(account, address)}"):
            await self._counts.incr(_guesses_at(account), _HOUR_SECONDS)

    async def succeeded(self, account: str, address: str | None) -> None:
        """It succeeded: the account's failures from this network are forgotten.

        Those of the network are not, or one account of one's own would be a licence to guess at others.
        """
        pair, network = _pair(account, address), _network(address)
        known = await self._counts.get(f"known:{pair}")
        if network is not None and not known:
            await self._counts.incr(f"count:{network}", OF_NETWORK.forgotten_after_seconds, -1)
        await self._counts.clear(f"count:{pair}")
        await self._counts.clear(f"wait:{pair}")
        await self._counts.clear(f"known:{pair}")
        await self._counts.incr(f"known:{pair}", _KNOWN_SECONDS)

    async def _require_no_wait(self, name: str) -> None:
        if await self._counts.get(f"wait:{name}"):
            raise TooManyAttempts(await self._left(name))

    async def _count(self, name: str, back_off: BackOff) -> None:
        attempts = await self._counts.incr(f"count:{name}", back_off.forgotten_after_seconds)
        if attempts <= back_off.free:
            return
        # Whoever begins the wait is let through; who came at the same moment finds it begun.
        if await self._counts.incr(f"wait:{name}", back_off.wait_seconds(attempts)) > 1:
            await self._counts.incr(f"count:{name}", back_off.forgotten_after_seconds, -1)
            raise TooManyAttempts(await self._left(name))

    async def _left(self, name: str) -> int:
        until = await self._counts.get_expiry(f"wait:{name}")
        return max(1, math.ceil(until - self._clock()))


def _pair(account: str, address: str | None) -> str:
    return f"{_hidden(account)}@{network_of(address)}"


def _network(address: str | None) -> str | None:
    """None where the network is no person's: everybody behind it would be one."""
    network = network_of(address)
    return None if network == UNKNOWN else network


def _guesses_at(account: str) -> str:
    return f"guesses:{_hidden(account)}"


def _hidden(account: str) -> str:
    """Names of people stay out of what may be another server's memory; and any length becomes one."""
    return hashlib.sha256(account.encode(errors="surrogatepass")).hexdigest()[:32]
