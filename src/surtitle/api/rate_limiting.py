"""Rates in HTTP: 429 for too many requests, and with every answer what is left.

The headers are those of draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy` names the rate
(`q` requests in `w` seconds), `RateLimit` what remains (`r` requests) and when there is more (`t` seconds).
"""

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from surtitle.accounts.access import Principal
from surtitle.accounts.rate_limits import WINDOW_SECONDS, Allowance, RateLimits
from surtitle.api.access import caller_of
from surtitle.api.client_address import caller_address
from surtitle.api.problems import problem_response
from surtitle.config import ServerSettings
from surtitle.errors import SurtitleError

_UNCOUNTED = ("/health",)


class RateLimiting:
    """ASGI middleware. It stands before the router, so that a 401 and a 404 count as well."""

    def __init__(self, app: ASGIApp, limits: RateLimits, settings: ServerSettings) -> None:
        self._app = app
        self._limits = limits
        self._trusted_proxies = settings.trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_UNCOUNTED):
            await self._app(scope, receive, send)
            return
        address = caller_address(scope, self._trusted_proxies)
        allowance = await self._limits.spend(await _caller(scope), address)
        if allowance is None:
            await self._app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_headers(allowance))
            await send(message)

        if allowance.granted:
            await self._app(scope, receive, sent)
        else:
            await _refusal(scope, allowance)(scope, receive, sent)


async def _caller(scope: Scope) -> Principal | None:
    """Who is calling, told to the routes as well; None who is not known, and the route will say why."""
    try:
        return await caller_of(Request(scope))
    except SurtitleError:
        return None


def _refusal(scope: Scope, allowance: Allowance) -> ASGIApp:
    return problem_response(
        scope,
        429,
        "rate-limit-exceeded",
        f"More than {allowance.limit} requests a minute came from this {allowance.policy}. Wait "
        f"{allowance.reset_seconds} s, and send them more slowly.",
        headers={"Retry-After": str(allowance.reset_seconds)},
    )


def _headers(allowance: Allowance) -> dict[str, str]:
    name = f'"{allowance.policy}"'
    return {
        "RateLimit-Policy": f"{name};q={allowance.limit};w={WINDOW_SECONDS}",
        "RateLimit": f"{name};r={allowance.left};t={allowance.reset_seconds}",
    }
