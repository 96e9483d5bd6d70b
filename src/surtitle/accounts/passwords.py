"""Passwords: which are good enough, how they are kept, and that checking one always takes as long."""

import asyncio
import base64
import os
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from surtitle.accounts.breached import has_leaked, is_common
from surtitle.accounts.errors import PasswordsBusy, WeakPassword
from surtitle.config import AccountSettings

T = TypeVar("T")

MOST_CHARACTERS = 128
"""Of a new password: a sentence fits, and nobody can keep the server busy with a book."""

_MOST_WAITING_A_CORE = 32
_SALT_BYTES, _HASH_BYTES = 16, 32


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password is right, and its hash with today's parameters if the kept one is older."""

    right: bool
    better_hash: str | None = None


class Passwords:
    """Argon2id (RFC 9106) in threads of its own, at most one for each core."""

    def __init__(self, settings: AccountSettings) -> None:
        self._settings = settings
        # One lane: a password keeps one core busy, and as many can be checked at once as there are cores.
        passes, memory_kib = settings.password_passes, settings.password_memory_kib
        self._argon2 = PasswordHash((Argon2Hasher(passes, memory_kib, parallelism=1),))
        self._nobodys_hash = _hash_of_nothing(passes, memory_kib)
        self._cores = (
            len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        )
        self._threads = ThreadPoolExecutor(self._cores, thread_name_prefix="password")
        self._waiting = 0

    async def chosen(self, password: str, email: str) -> str:
        """The hash to keep of a new password. Raises `WeakPassword`, `PasswordsBusy`."""
        text = _normal(password)
        await asyncio.to_thread(self._require_strong, text, email)
        return await self._in_turn(lambda: self._argon2.hash(_encoded(text)))

    async def verified(self, password: str, kept: str | None) -> Verdict:
        """Whether the password is that of the hash `kept`; None is nobody's and takes as long.

        Raises `PasswordsBusy`.
        """
        text = _encoded(_normal(password))
        hashed = kept or self._nobodys_hash
        right, better = await self._in_turn(lambda: self._argon2.verify_and_update(text, hashed))
        return Verdict(right and kept is not None, better)

    def _require_strong(self, password: str, email: str) -> None:
        fewest = self._settings.password_min_length
        if len(password) < fewest:
            raise WeakPassword(f"this one has fewer than {fewest} characters")
        if len(password) > MOST_CHARACTERS:
            raise WeakPassword(f"this one has more than {MOST_CHARACTERS} characters")
        if password.casefold() in {email.casefold(), email.rpartition("@")[0].casefold()}:
            raise WeakPassword("this one is the e-mail")
        if is_common(password):
            raise WeakPassword("this one is among the commonest, which are tried first")
        listed = self._settings.breached_passwords
        if listed is not None and has_leaked(password, listed):
            raise WeakPassword("this one is in a list of passwords that have leaked")

    async def _in_turn(self, work: Callable[[], T]) -> T:
        if self._waiting >= self._cores * _MOST_WAITING_A_CORE:
            raise PasswordsBusy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def _normal(password: str) -> str:
    """Keyboards differ in how they compose letters (RFC 8265, section 4.2.2)."""
    return unicodedata.normalize("NFC", password)


def _encoded(password: str) -> bytes:
    # Half a character is no reason to fail: nobody has such a password.
    return password.encode(errors="surrogatepass")


def _hash_of_nothing(passes: int, memory_kib: int) -> str:
    """A hash that costs as much to check as any, of a password that nobody knows."""
    salt, digest = (
        base64.b64encode(os.urandom(size)).decode().rstrip("=") for size in (_SALT_BYTES, _HASH_BYTES)
    )
    return f"$argon2id$v=19$m={memory_kib},t={passes},p=1${salt}${digest}"
