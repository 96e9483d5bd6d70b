"""Messages to chat services, each by a process of its own that reaches nothing but our guarded proxy."""

import asyncio
import json
import os
import sys
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from surtitle.config import ChannelSettings
from surtitle.errors import Invalid, SurtitleError
from surtitle.notifications.mailing import NotSent
from surtitle.notifications.words import Written
from surtitle.outgoing.guard import Guard
from surtitle.outgoing.guarded_proxy import GuardedProxy

_MOST_BYTES = 4 * 1024**2
_CHECKS_AT_ONCE = 2
_PORTS = {True: 443, False: 80}
_CLIENT_ERROR, _SERVER_ERROR = 400, 500
_MAY_PASS = frozenset({408, 425, 429})
# What Python itself needs, and where certificates lie: no proxies, and no key of ours.
_KEPT = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")


class AppriseSender:
    """Sends by whatever service a URL names. No message of an error holds more of a URL than its host."""

    def __init__(self, settings: ChannelSettings, guard: Guard) -> None:
        self._settings = settings
        self._guard = guard
        # Of checks alone: they ask nobody, and are soon done. Whoever sends counts what is under way.
        self._room = asyncio.Semaphore(_CHECKS_AT_ONCE)

    async def check(self, url: str) -> None:
        """Whether Apprise can read the URL, and where it names a server, whether that may be asked. Raises
        `Invalid`, `TargetRefused`, `TargetAway`.
        """
        try:
            async with self._room:
                told = await self._child({"url": url, "body": None, "proxy": None})
        except NotSent as fault:
            raise Invalid(f"The URL could not be checked: {fault.reason}.", field="url") from None
        if parameter := told.get("names_file"):
            raise Invalid(
                f"`{parameter}=` names a file of the server's, which no channel may read. Leave it out.",
                field="url",
            )
        if not told["ok"]:
            raise Invalid(
                "The service does not know such a URL: a part of it is missing, or cut short. "
                "https://appriseit.com/services/ shows how each is written.",
                field="url",
            )
        if told["host"]:
            await self._guard.addresses(told["host"], told["port"] or _PORTS[told["secure"]])

    async def send(self, url: str, written: Written, *, failed: bool) -> None:
        """Returns once the service has taken it. Raises `NotSent`."""
        proxy = GuardedProxy(self._guard, most_bytes=_MOST_BYTES, idle_seconds=self._settings.timeout_seconds)
        async with proxy.opened() as address:
            place = urlsplit(address)
            order = {
                "url": url,
                "title": written.subject,
                "body": written.text,
                "failed": failed,
                "proxy": [place.hostname, place.port],
            }
            told = await self._child(order, address)
        if told.get("names_file"):
            raise NotSent("the channel's URL names a file of the server's", passing=False)
        if not told["ok"]:
            raise _refused(told["status"], proxy.fault)

    async def _child(self, order: dict[str, Any], proxy: str | None = None) -> dict[str, Any]:
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        if proxy is not None:
            environment |= dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), proxy)
        # -P: the folder that it works in must not be a place to import from.
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "surtitle.notifications.apprise_child",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL, env=environment,
        )  # fmt: skip
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                told, _ = await child.communicate(json.dumps(order).encode())
        except TimeoutError:
            raise NotSent("the service was too slow", passing=True) from None
        finally:
            await _ended(child)
        try:
            answer: dict[str, Any] = json.loads(told)
        except ValueError:
            raise NotSent("Apprise failed", passing=True) from None
        return answer


async def _ended(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()


def _refused(status: int | None, fault: SurtitleError | None) -> NotSent:
    if fault is not None:
        return NotSent(fault.message, passing=not isinstance(fault, Invalid))
    if status is None:
        return NotSent("the service cannot be reached, or did not take it", passing=True)
    passing = status in _MAY_PASS or not _CLIENT_ERROR <= status < _SERVER_ERROR
    return NotSent(f"the service answered {status}", passing=passing)
