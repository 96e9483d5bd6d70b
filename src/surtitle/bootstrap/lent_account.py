"""The database account that Vault lends to this process: renewed while we run, exchanged before it ends."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from surtitle.config import VaultSettings
from surtitle.config.vault import Lease, Vault, VaultRefused
from surtitle.db.errors import DatabaseAway
from surtitle.db.postgresql import Credentials
from surtitle.errors import Unavailable

log = logging.getLogger(__name__)

# An operator who takes all accounts back expects those who run to have new ones soon.
_LONGEST_PAUSE_SECONDS = 60.0
_SHORTEST_PAUSE_SECONDS = 0.2
# Every connection that is made asks who signs in; Vault hears of it once a second at most.
_REFUSED_SECONDS = 1.0
_ENOUGH = 0.5
"""The share of its first life that a renewal must give, or the account is near its longest life."""


class LentAccount:
    """Gives the account that is lent now. Everything but `credentials` and `keep` blocks."""

    def __init__(self, settings: VaultSettings) -> None:
        self._settings = settings
        self._vault: Vault | None = None
        self._lease: Lease | None = None
        self._ends = 0.0
        self._refused_until = 0.0
        self._changing = asyncio.Lock()

    async def credentials(self) -> Credentials:
        """Who signs in at the database. Raises `DatabaseAway` when there is no account."""
        if not self._lasts():
            async with self._changing:
                if not self._lasts():
                    await self._borrow()
        assert self._lease is not None
        return Credentials(self._lease.user, self._lease.password)

    async def _borrow(self) -> None:
        # Whoever asked for something of the database need not learn where Vault is.
        refused = "Vault lends no account of the database now. The log says why."
        if time.monotonic() < self._refused_until:
            raise DatabaseAway(refused)
        try:
            await asyncio.to_thread(self._exchange)
        except Unavailable as error:
            self._refused_until = time.monotonic() + _REFUSED_SECONDS
            log.warning("the database cannot be signed in to: %s", error)
            raise DatabaseAway(refused) from error

    async def keep(self, changed: Callable[[], Awaitable[None]]) -> None:
        """Keep an account until cancelled; `changed` is called when it is another one."""
        shortest = _SHORTEST_PAUSE_SECONDS
        while True:
            half = (self._ends - time.monotonic()) / 2
            await asyncio.sleep(min(max(half, shortest), _LONGEST_PAUSE_SECONDS))
            try:
                async with self._changing:
                    exchanged = await asyncio.to_thread(self._renew_or_exchange)
            except Unavailable as error:
                log.warning("the database account could not be renewed, which is tried again: %s", error)
                shortest *= 2
            else:
                shortest = _SHORTEST_PAUSE_SECONDS
                if exchanged:
                    log.info("Vault lent another account of the database")
                    await changed()

    def close(self) -> None:
        """Give the account back."""
        if self._vault is not None:
            self._vault.close()

    def _lasts(self) -> bool:
        return self._lease is not None and time.monotonic() < self._ends

    def _renew_or_exchange(self) -> bool:
        """Whether it is another account now."""
        if self._lease is None or not self._renewed(self._lease):
            self._exchange()
            return True
        return False

    def _renewed(self, lease: Lease) -> bool:
        assert self._vault is not None
        asked = time.monotonic()
        try:
            signed_in_for = self._vault.renew_token()
            lasts = self._vault.renew_lease(lease)
        except VaultRefused as error:
            log.info("the account or our sign-in is no longer known, so that another is asked for: %s", error)
            return False
        # What we borrowed ends with our sign-in, too.
        self._ends = asked + min(lasts, lasts if signed_in_for is None else signed_in_for)
        return self._ends - asked >= _ENOUGH * lease.lasts_seconds

    def _exchange(self) -> None:
        """Sign in anew and borrow. The old account is left to end by itself: work under way may use it."""
        asked = time.monotonic()
        vault = Vault(self._settings)
        try:
            self._lease = vault.borrow_database_account()
        except BaseException:
            vault.close()
            raise
        replaced, self._vault = self._vault, vault
        self._ends = asked + self._lease.lasts_seconds
        if replaced is not None:
            replaced.hang_up()
