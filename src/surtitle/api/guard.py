"""Refuses requests that another site makes a person's browser send, and bodies that are too large.

There are no accounts yet: on loopback, reaching the port means being the owner. So a page elsewhere must
not reach it either: not by a name that it re-binds to 127.0.0.1 (Host), nor by a form or script that the
owner's browser runs (Origin, Sec-Fetch-Site).
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from surtitle.api.problems import problem_response
from surtitle.api.streamed import STREAMED_BODY

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Guard:
    """ASGI middleware: 421 for a foreign `Host`, 403 for a foreign `Origin`."""

    def __init__(self, app: ASGIApp, allowed_hosts: Iterable[str]) -> None:
        self._app = app
        self._allowed_hosts = frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (refusal := self._refusal(scope)) is not None:
            status, slug, detail = refusal
            await problem_response(scope, status, slug, detail)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str, str] | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if _without_port(host) not in self._allowed_hosts:
            detail = (
                f"This installation does not answer for the host {host[:80]!r}. "
                "Use http://localhost, or add the name to SURTITLE_SERVER__ALLOWED_HOSTS."
            )
            return 421, "foreign-host", detail
        origin = headers.get("origin")
        cross_site = headers.get("sec-fetch-site") == "cross-site" and scope["method"] not in _SAFE_METHODS
        if cross_site or (origin is not None and not _same_origin(origin, host)):
            detail = (
                f"The request comes from another site ({(origin or 'unknown')[:80]!r}) and is refused. "
                "Call this API from its own pages or from a program, not from another site's page."
            )
            return 403, "foreign-origin", detail
        return None


class BodyLimit:
    """ASGI middleware: no request body above the limit, counted on the bytes that arrive.

    Routes that stream uploads to the store say so in the OpenAPI document and count for themselves.
    """

    def __init__(self, app: ASGIApp, limit_bytes: int) -> None:
        self._app = app
        self._limit_bytes = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._limit_bytes and not _streams_body(scope):
                raise HTTPException(
                    413,
                    f"The body is larger than the {self._limit_bytes} bytes that this installation takes as "
                    "JSON. Recordings go to `POST /api/media`.",
                )
            return message

        await self._app(scope, counted, send)


def _streams_body(scope: Scope) -> bool:
    # The router has chosen the route by the time that anything reads the body.
    return STREAMED_BODY in (getattr(scope.get("route"), "openapi_extra", None) or {})


def _without_port(host: str) -> str:
    name = host[: host.find("]") + 1] if host.startswith("[") else host.split(":", 1)[0]
    return name.lower().rstrip(".")


def _same_origin(origin: str, host: str) -> bool:
    """Whether `origin` is the very address that was asked, port and all. `null` is nobody's."""
    try:
        parts = urlsplit(origin)
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
        asked = urlsplit(f"{parts.scheme}://{host}")
        return (parts.hostname, port) == (asked.hostname, asked.port or _DEFAULT_PORTS[parts.scheme])
    except (KeyError, ValueError):
        return False
