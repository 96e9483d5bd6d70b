"""Around every request: its id, its line in the access log, its figures, and the last line of defence."""

import logging
import re
import secrets
import time
from dataclasses import dataclass

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from surtitle.api.problems import problem_response
from surtitle.observability.metrics import Metrics

log = logging.getLogger(__name__)

REQUEST_ID = "X-Request-ID"
_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_LOGGED_PATH_CHARACTERS = 200
_CLIENT_LEFT = 499  # nginx's number for an answer that nobody waited for


@dataclass
class _Exchange:
    """One request and its answer, as far as they have come."""

    scope: Scope
    request_id: str
    began: float
    status: int = 0
    answered_after_seconds: float = 0.0
    sent_bytes: int = 0

    @property
    def method(self) -> str:
        method: str = self.scope["method"]
        return method if method in _METHODS else "other"

    @property
    def route(self) -> str:
        """The route's template, so that ids in paths do not become labels without end."""
        return getattr(self.scope.get("route"), "path_format", None) or "unmatched"

    @property
    def path(self) -> str:
        """As it came, still percent-encoded and without the query, which may hold secrets."""
        raw: bytes = self.scope.get("raw_path") or self.scope["path"].encode()
        return raw.decode("ascii", "backslashreplace")[:_LOGGED_PATH_CHARACTERS]


class Traffic:
    """ASGI middleware, the outermost: an error that nobody foresaw ends here, as a problem document."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, _request_id(Headers(scope=scope)), time.perf_counter())
        scope.setdefault("state", {})["request_id"] = exchange.request_id
        with structlog.contextvars.bound_contextvars(request_id=exchange.request_id):
            try:
                await self._serve(exchange, receive, send)
            finally:
                self._record(exchange)

    async def _serve(self, exchange: _Exchange, receive: Receive, send: Send) -> None:
        async def received() -> Message:
            message = await receive()
            self._metrics.received_bytes.inc(len(message.get("body", b"")))
            return message

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                exchange.answered_after_seconds = time.perf_counter() - exchange.began
                MutableHeaders(scope=message)[REQUEST_ID] = exchange.request_id
            else:
                exchange.sent_bytes += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(exchange.scope, received, sent)
        except Exception:
            log.exception(
                "a request failed in a way that nobody foresaw: %s %s", exchange.method, exchange.path
            )
            if exchange.status:
                # Half an answer is out; only a broken connection tells the client so.
                raise
            answer = problem_response(
                exchange.scope,
                500,
                "internal",
                "Something failed that should not. Try again; if it stays, give the reference to whoever "
                "runs this installation: the log has the details under it.",
            )
            await answer(exchange.scope, received, sent)

    def _record(self, exchange: _Exchange) -> None:
        status_class = f"{exchange.status // 100}xx" if exchange.status else "none"
        labels = (exchange.method, exchange.route, status_class)
        self._metrics.requests.labels(*labels).inc()
        if exchange.status:
            self._metrics.request_seconds.labels(*labels).observe(exchange.answered_after_seconds)
        self._metrics.sent_bytes.inc(exchange.sent_bytes)
        log.info(
            "%s %s %d in %.0f ms, %d bytes [%s]",
            exchange.method,
            exchange.path,
            exchange.status or _CLIENT_LEFT,
            (time.perf_counter() - exchange.began) * 1000,
            exchange.sent_bytes,
            exchange.request_id,
        )


def _request_id(headers: Headers) -> str:
    given = headers.get(REQUEST_ID, "")
    # Anything else could forge lines in the log.
    return given if _ACCEPTABLE_ID.fullmatch(given) else secrets.token_hex(8)
