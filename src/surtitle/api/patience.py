"""How long and how much one connection may take before a request has even begun.

uvicorn waits for ever for the end of a request's headers, of any length, and for a client that reads
nothing of its answer. So whoever opens connections and says little, or nothing, could hold all of them.
Bodies are `bodies`' affair.
"""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, NoReturn

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from surtitle.accounts.networks import is_within, network_of, parsed
from surtitle.config import LimitSettings

log = logging.getLogger(__name__)

# A server that is full is well. Whoever asks only that must be heard, or ends it with all whom it serves.
_ALIVE = b"/health/live"
_PLACES_TO_ASK = 64
_FULL = (503, "too-many-connections", "Too many connections are open. Close some, or wait.")


class PatientConfig(uvicorn.Config):
    """uvicorn's, with what `PatientProtocol` goes by."""

    def __init__(
        self, app: Any, limits: LimitSettings, trusted_proxies: Sequence[str], **settings: Any
    ) -> None:
        keep_alive = limits.keep_alive_seconds
        super().__init__(app, http=PatientProtocol, timeout_keep_alive=keep_alive, **settings)
        self.limits = limits
        self.trusted_proxies = trusted_proxies
        self.open_by_network: Counter[str] = Counter()


class _TooMuch(Exception):
    """Ends the parser's work on a request that is not taken."""


class PatientProtocol(HttpToolsProtocol):
    """One connection: 408 for headers that take too long, 431 for too many, 503 for one too many.

    A client that has begun nothing is only hung up on. Of a server that is full, `/health/live` alone is had.
    """

    def __init__(self, config: PatientConfig, *args: Any, **named: Any) -> None:
        super().__init__(config, *args, **named)
        self._limits = config.limits
        self._trusted_proxies = config.trusted_proxies
        self._open_by_network = config.open_by_network
        self._network: str | None = None
        self._may_only_ask = False
        self._in_headers = True
        self._has_begun = False
        self._only_headers = True
        """Whether nothing but the headers of one request has come in the present piece."""
        self._header_bytes = 0
        self._unparsed_bytes = 0
        self._refusal: tuple[int, str, str] | None = None
        self._late: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    # From here on as asyncio calls it.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_headers()
        if not self._has_room():
            self._refuse(*_FULL)

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._late is None and (self._in_headers or self._is_answered()):
            self._await_headers()
        self._only_headers = self._in_headers
        super().data_received(data)
        if self._in_headers and self._only_headers:
            # The parser tells of a header only when the next one begins.
            self._unparsed_bytes += len(data)
            if self._unparsed_bytes > self._limits.header_bytes:
                self._refuse(*self._too_large())

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_watching()

    # From here on as the parser and uvicorn call it.

    def on_message_begin(self) -> None:
        self._has_begun = True
        self._header_bytes = self._unparsed_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._count(len(name) + len(value))
        if len(self.headers) > self._limits.header_count:
            self._stop_parsing(self._too_large())

    def on_headers_complete(self) -> None:
        if self._may_only_ask and self.url != _ALIVE:
            self._stop_parsing(_FULL)
        self._in_headers = False
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_headers, self._has_begun, self._only_headers = True, False, False
        self._unparsed_bytes = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """What uvicorn calls when the parser gave up."""
        self._refuse(*(self._refusal or (400, "bad-request", msg)))

    def handle_websocket_upgrade(self) -> None:
        # Another protocol takes the connection over, and tells us nothing any more.
        self._leave()
        super().handle_websocket_upgrade()

    def timeout_keep_alive_handler(self) -> None:
        self._close()

    def _has_room(self) -> bool:
        most, present = self._limits.connections, len(self.connections)
        self._may_only_ask = 0 < most < present
        if self._may_only_ask and present > most + _PLACES_TO_ASK:
            return False
        address = self.client[0] if self.client else ""
        place = parsed(address)
        if place is None or place.is_loopback or is_within(address, self._trusted_proxies):
            return True
        self._network = network_of(address)
        self._open_by_network[self._network] += 1
        return not 0 < self._limits.address_connections < self._open_by_network[self._network]

    def _leave(self) -> None:
        self._stop_waiting()
        self._stop_watching()
        if self._network is not None:
            self._open_by_network[self._network] -= 1
            if not self._open_by_network[self._network]:
                del self._open_by_network[self._network]
            self._network = None

    def _await_headers(self) -> None:
        self._late = self.loop.call_later(self._limits.header_seconds, self._headers_are_late)

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _watch(self) -> None:
        if self._unread is None:
            self._unread = self.loop.call_later(self._limits.unread_seconds, self._hang_up)

    def _stop_watching(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _headers_are_late(self) -> None:
        self._late = None
        if self.transport.is_closing() or self._is_busy():
            # The answer to the request before goes on; what comes after it is waited for anew.
            return
        if self._has_begun and self._in_headers:
            self._refuse(408, "headers-too-slow", "The request's headers took too long.")
        else:
            self._close()

    def _count(self, size_bytes: int) -> None:
        self._header_bytes += size_bytes
        if self._header_bytes > self._limits.header_bytes:
            self._stop_parsing(self._too_large())

    def _stop_parsing(self, refusal: tuple[int, str, str]) -> NoReturn:
        self._refusal = refusal
        raise _TooMuch

    def _too_large(self) -> tuple[int, str, str]:
        most_bytes, most = self._limits.header_bytes, self._limits.header_count
        detail = f"The request line with its headers may have {most_bytes} bytes, and {most} headers."
        return 431, "header-too-large", detail

    def _is_busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _is_answered(self) -> bool:
        return self.cycle is not None and self.cycle.response_complete

    def _refuse(self, status: int, slug: str, detail: str) -> None:
        if self.transport.is_closing():
            return
        log.info("a connection was closed: %s", slug)
        if not self._is_busy():
            self.transport.write(_answer(status, slug, detail))
        self._close()

    def _close(self) -> None:
        """Close once what was written is sent; a client that does not read it is not waited for."""
        self._watch()
        self.transport.close()

    def _hang_up(self) -> None:
        log.info("a connection was closed: its client had read nothing for %g s", self._limits.unread_seconds)
        self.transport.abort()


def _answer(status: int, slug: str, detail: str) -> bytes:
    """A problem document as `problems` would send it, where there is no application yet to send it."""
    title = slug.replace("-", " ").capitalize()
    document = {"type": f"/problems/{slug}", "title": title, "status": status, "detail": detail}
    body = json.dumps(document).encode()
    headers = (
        f"Content-Type: application/problem+json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
        "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n"
    )
    if status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.SERVICE_UNAVAILABLE}:
        headers += "Retry-After: 5\r\n"
    return STATUS_LINE[status] + headers.encode() + b"\r\n" + body
