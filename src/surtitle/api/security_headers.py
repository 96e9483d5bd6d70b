"""What every answer tells browsers: nothing here is a page, unless a route says so itself."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from surtitle.api.client_address import is_encrypted
from surtitle.config import ServerSettings

NO_PAGE = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""Content-Security-Policy of what is not meant to be looked at in a browser."""

# OWASP's recommendations for a REST API (REST Security Cheat Sheet, "Security Headers"), and more.
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": NO_PAGE,
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Nearly every answer is about somebody's recordings; what may be kept says so.
    "Cache-Control": "no-store",
}
_YEAR_SECONDS = 365 * 24 * 3600
_STRICT_TRANSPORT = f"max-age={_YEAR_SECONDS}"


class SecurityHeaders:
    """ASGI middleware: adds what a route has not set. HSTS (RFC 6797) only where people come by TLS."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app = app
        self._trusted_proxies = settings.trusted_proxies
        self._always_encrypted = (settings.public_url or "").startswith("https://")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        encrypted = self._always_encrypted or is_encrypted(scope, self._trusted_proxies)

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if encrypted:
                    headers.setdefault("Strict-Transport-Security", _STRICT_TRANSPORT)
            await send(message)

        await self._app(scope, receive, sent)
