"""The figures of a worker or scheduler over HTTP, for Prometheus: `/metrics`."""

import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from pydantic import SecretStr

from surtitle.bootstrap.installation import Installation
from surtitle.bootstrap.side_port import Message, answering
from surtitle.config.soundness import worker_figures_are_open
from surtitle.errors import Invalid
from surtitle.figures.scrape import Scrape

_SETTING = "SURTITLE_METRICS__WORKER_PORT"
_TOKEN = "SURTITLE_SERVER__METRICS_TOKEN"  # noqa: S105 - its name
_BEARER = b"Bearer "
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


@asynccontextmanager
async def metrics_told(installation: Installation, number: int = 0) -> AsyncIterator[None]:
    """Answer on `metrics.worker_port` plus `number` while the block lasts; without such a port, nowhere.

    Raises `Invalid` where others could read the figures without a token.
    """
    settings = installation.settings
    port = settings.metrics.worker_port
    if port is None:
        yield
        return
    if worker_figures_are_open(settings):
        raise Invalid(
            f"A worker does not tell its figures on {settings.metrics.worker_host[:80]} to everybody. Set "
            f"{_TOKEN} to what `openssl rand -hex 32` prints, here and in Prometheus, or unset {_SETTING}.",
            field="metrics.worker_port",
        )
    scrape = Scrape(installation.metrics, settings)
    figures = _Figures(scrape, settings.server.metrics_token)
    try:
        async with answering(figures, settings.metrics.worker_host, port + number, setting=_SETTING):
            yield
    finally:
        await scrape.close()


class _Figures:
    """An ASGI application of one address."""

    def __init__(self, scrape: Scrape, token: SecretStr | None) -> None:
        self._scrape = scrape
        self._token = token.get_secret_value().encode() if token else None

    async def __call__(
        self,
        scope: dict[str, Any],
        _receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        status, body = await self._answer(scope)
        told = self._scrape.content_type if status is HTTPStatus.OK else "text/plain; charset=utf-8"
        headers = [(b"content-type", told.encode()), (b"cache-control", b"no-store")]
        if status is HTTPStatus.UNAUTHORIZED:
            headers.append((b"www-authenticate", b"Bearer"))
        await send({"type": "http.response.start", "status": status.value, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: dict[str, Any]) -> tuple[HTTPStatus, bytes]:
        if scope["path"] != "/metrics" or scope["method"] not in {"GET", "HEAD"}:
            return HTTPStatus.NOT_FOUND, b"There is GET /metrics.\n"
        headers = dict(scope["headers"])
        if self._token is None and not _names_this_machine(headers.get(b"host", b"")):
            # A page of a site that has bound its own name to this machine.
            return HTTPStatus.MISDIRECTED_REQUEST, b"Ask for this machine by its own name.\n"
        offered = headers.get(b"authorization", b"")
        if self._token is not None and not hmac.compare_digest(offered, _BEARER + self._token):
            return HTTPStatus.UNAUTHORIZED, f"Bring {_TOKEN} as a bearer token.\n".encode()
        return HTTPStatus.OK, await self._scrape.answer()


def _names_this_machine(host: bytes) -> bool:
    name = host.decode("latin-1").lower()
    # An IPv6 address stands in brackets and holds colons of its own.
    return (name if name.endswith("]") else name.rpartition(":")[0] or name) in _LOOPBACK_NAMES
