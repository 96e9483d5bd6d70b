"""Around every request: its id, its line in the access log, its figures, and the last line of defence."""

import logging
import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from surtitle.api.logged_path import logged_path
from surtitle.api.problems import problem_response
from surtitle.observability import tracing
from surtitle.observability.lineage import Lineage, TraceParent, carried, line_ids, note
from surtitle.observability.metrics import Metrics
from surtitle.observability.redaction import redacted
from surtitle.observability.tracing import Fact, Kind

log = logging.getLogger(__name__)

REQUEST_ID = "X-Request-ID"
_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Asked for every few seconds by machines: traces of it would bury all others.
_UNTRACED = ("/health", "/metrics")
_FACTS_OF_IDS = {"project_id": Fact.PROJECT_ID, "job_id": Fact.JOB_ID}
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
        return logged_path(self.scope)

    @property
    def is_quiet(self) -> bool:
        return self.path.startswith(_UNTRACED)

    @property
    def milliseconds(self) -> float:
        return (time.perf_counter() - self.began) * 1000

    @property
    def facts(self) -> dict[str, str | int | float]:
        """For machines, which read the line's sentence badly."""
        told: dict[str, str | int | float] = {
            "method": self.method,
            "route": self.route,
            "status": self.status or _CLIENT_LEFT,
            "milliseconds": round(self.milliseconds, 1),
            "sent_bytes": self.sent_bytes,
        }
        return told


class Traffic:
    """ASGI middleware, the outermost: an error that nobody foresaw ends here, as a problem document."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._figures = metrics.http

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        exchange = _Exchange(scope, _request_id(headers), time.perf_counter())
        scope.setdefault("state", {})["request_id"] = exchange.request_id
        caller = TraceParent.read(headers.get("traceparent"))
        with (
            carried(Lineage(exchange.request_id, str(caller) if caller else None)),
            tracing.span(exchange.method, kind=Kind.SERVER, quiet=exchange.is_quiet) as span,
        ):
            try:
                with self._figures.requests_in_progress.track_inprogress():
                    await self._serve(exchange, receive, send)
            finally:
                _note_job(exchange)
                self._record(exchange)
                _tell(span, exchange)

    async def _serve(self, exchange: _Exchange, receive: Receive, send: Send) -> None:
        async def received() -> Message:
            message = await receive()
            self._figures.received_bytes.inc(len(message.get("body", b"")))
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
        self._figures.requests.labels(*labels).inc()
        if exchange.status:
            self._figures.request_seconds.labels(*labels).observe(exchange.answered_after_seconds)
        self._figures.sent_bytes.inc(exchange.sent_bytes)
        log.info(
            "%s %s %d in %.0f ms, %d bytes [%s]",
            exchange.method,
            exchange.path,
            exchange.status or _CLIENT_LEFT,
            exchange.milliseconds,
            exchange.sent_bytes,
            exchange.request_id,
            extra={"facts": exchange.facts},
        )


def _tell(span: tracing.Span, exchange: _Exchange) -> None:
    span.tell(
        {
            Fact.METHOD: exchange.method,
            Fact.ROUTE: exchange.route,
            Fact.STATUS: exchange.status or _CLIENT_LEFT,
            Fact.REQUEST_ID: exchange.request_id,
            **{fact: line_ids().get(name) for name, fact in _FACTS_OF_IDS.items()},
        },
        name=f"{exchange.method} {exchange.route}",
    )
    if exchange.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        span.failed(str(exchange.status))


def _request_id(headers: Headers) -> str:
    given = headers.get(REQUEST_ID, "")
    # Anything else could forge lines in the log; and what looks like a key there may well be one.
    is_good = _ACCEPTABLE_ID.fullmatch(given) and redacted(given) == given
    return given if is_good else secrets.token_hex(8)


def _note_job(exchange: _Exchange) -> None:
    """What the path names, of which nobody knows yet whether it is there."""
    with suppress(KeyError, ValueError):
        note(job_id=UUID(str(exchange.scope["path_params"]["job_id"])))
