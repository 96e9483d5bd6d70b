"""Where a request comes from and how it was sent, past the proxies that are trusted and no further."""

from collections.abc import Sequence

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import Scope

from surtitle.accounts.networks import UNKNOWN, is_within, parsed
from surtitle.config import ServerSettings


def address_of(request: Request) -> str:
    """The caller's address, `unknown` where it cannot be told."""
    settings: ServerSettings = request.app.state.services.settings.server
    return caller_address(request.scope, settings.trusted_proxies)


def public_base(request: Request) -> str:
    """How people reach this server, without a slash at the end: as set, else as this caller did."""
    settings: ServerSettings = request.app.state.services.settings.server
    if settings.public_url is not None:
        return settings.public_url
    scheme = "https" if is_encrypted(request.scope, settings.trusted_proxies) else "http"
    # The guard has let this name through: it is one of ours.
    return f"{scheme}://{request.headers['host']}"


def caller_address(scope: Scope, trusted: Sequence[str]) -> str:
    """`X-Forwarded-For` is believed from the right, as long as its writers are trusted."""
    address = scope["client"][0] if scope.get("client") else UNKNOWN
    hops = _listed(scope, "x-forwarded-for")
    while hops and is_within(address, trusted):
        address = hops.pop()
    found = parsed(address)
    return UNKNOWN if found is None else str(found)


def is_encrypted(scope: Scope, trusted: Sequence[str]) -> bool:
    """Whether the caller speaks TLS: with us, or with a trusted proxy before us."""
    if scope.get("scheme") == "https":
        return True
    sender = scope["client"][0] if scope.get("client") else UNKNOWN
    told = _listed(scope, "x-forwarded-proto")
    return bool(told) and told[-1].lower() == "https" and is_within(sender, trusted)


def _listed(scope: Scope, name: str) -> list[str]:
    """All values of a header: some proxies add a line of their own after that of the client."""
    values = ",".join(Headers(scope=scope).getlist(name)).split(",")
    return [value.strip() for value in values if value.strip()]
