"""Refuses requests that another site makes a person's browser send.

In a personal installation reaching the port means being the owner, and elsewhere a browser sends a
person's cookies along by itself. So a page elsewhere must not reach the server: not by a name that it
re-binds to our address (Host), nor by a form or script that the person's browser runs (Origin,
Sec-Fetch-Site). Pages of the origins that `server.cors_origins` allows may, without cookies.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from surtitle.accounts.networks import parsed
from surtitle.api.client_address import is_encrypted
from surtitle.api.problems import problem_response
from surtitle.config import ANY_ORIGIN, ServerSettings

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_DEFAULT_PORTS = {"http": 80, "https": 443}
# What scripts of another site may read of an answer, beside the few that the Fetch standard lists.
_TOLD_ABROAD = (
    "Content-Disposition", "Content-Range", "ETag", "Location", "RateLimit", "RateLimit-Policy",
    "Retry-After", "Tus-Extension", "Tus-Max-Size", "Tus-Resumable", "Tus-Version", "Upload-Expires",
    "Upload-Length", "Upload-Offset", "X-Request-ID",
)  # fmt: skip
_PREFLIGHT_SECONDS = 600
# Prometheus and a cluster's probes ask each process by an address that nobody can know before. A page that
# has bound a name of its own to ours learns nothing there: health is public, figures need a token.
_FOR_PROBES = ("/health", "/health/live", "/health/ready", "/metrics")


def cors_rules(origins: Sequence[str]) -> dict[str, Any]:
    """For `CORSMiddleware`: pages of these origins bring a token or a key, and never our cookies."""
    return {
        "allow_origins": list(origins),
        "allow_methods": ["*"],
        "allow_headers": ["*"],
        "allow_credentials": False,
        "expose_headers": list(_TOLD_ABROAD),
        "max_age": _PREFLIGHT_SECONDS,
    }


class Guard:
    """ASGI middleware: 421 for a foreign `Host`, 403 for a foreign `Origin`."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app = app
        self._allowed_hosts = frozenset(_own_hosts(settings))
        self._allowed_origins = frozenset(settings.cors_origins)
        self._trusted_proxies = settings.trusted_proxies
        self._by_any_name = frozenset(_FOR_PROBES if settings.auth == "required" else ())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if (refusal := self._refusal(scope, headers)) is not None:
            status, slug, detail = refusal
            await problem_response(scope, status, slug, detail)(scope, receive, send)
            return
        if self._is_foreign(scope, headers):
            scope = _without_cookies(scope)
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[int, str, str] | None:
        host = headers.get("host", "")
        if _without_port(host) not in self._allowed_hosts and scope["path"] not in self._by_any_name:
            detail = (
                f"This installation does not answer for the host {host[:80]!r}. "
                "Use http://localhost, or add the name to SURTITLE_SERVER__ALLOWED_HOSTS."
            )
            return 421, "foreign-host", detail
        origin = headers.get("origin")
        cross_site = headers.get("sec-fetch-site") == "cross-site" and scope["method"] not in _SAFE_METHODS
        foreign = cross_site or self._is_foreign(scope, headers)
        if foreign and not self._is_allowed(origin):
            detail = (
                f"The request comes from another site ({(origin or 'unknown')[:80]!r}) and is refused. "
                "Call this API from its own pages or from a program; pages of another site need their "
                "origin in SURTITLE_SERVER__CORS_ORIGINS."
            )
            return 403, "foreign-origin", detail
        return None

    def _is_foreign(self, scope: Scope, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is None:
            return False
        encrypted = is_encrypted(scope, self._trusted_proxies)
        return not _same_origin(origin, headers.get("host", ""), encrypted=encrypted)

    def _is_allowed(self, origin: str | None) -> bool:
        return origin is not None and bool({origin, ANY_ORIGIN} & self._allowed_origins)


def _own_hosts(settings: ServerSettings) -> Iterator[str]:
    yield from (host.lower() for host in settings.allowed_hosts)
    if settings.public_url is not None:
        yield _without_port(urlsplit(settings.public_url).netloc)
    address = parsed(settings.host)
    if address is not None and not address.is_unspecified:
        # Nobody can re-bind a name to it: it is no name.
        yield f"[{address}]" if ":" in settings.host else str(address)


def _without_cookies(scope: Scope) -> Scope:
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name != b"cookie"]}


def _without_port(host: str) -> str:
    name = host[: host.find("]") + 1] if host.startswith("[") else host.split(":", 1)[0]
    return name.lower().rstrip(".")


def _same_origin(origin: str, host: str, *, encrypted: bool) -> bool:
    """Whether `origin` is the very address that was asked, port and all. `null` is nobody's.

    Behind TLS a page that came without it is another site's: anybody on its way may have written it.
    """
    try:
        parts = urlsplit(origin)
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
        asked = urlsplit(f"{parts.scheme}://{host}")
        asked_port = asked.port or _DEFAULT_PORTS[parts.scheme]
    except (KeyError, ValueError):
        return False
    if encrypted and parts.scheme == "http":
        return False
    return (parts.hostname, port) == (asked.hostname, asked_port)
