"""Which addresses may be asked, and where exactly they are."""

import asyncio
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

import httpx
from pydantic import SecretStr

from surtitle.config import OutgoingSettings
from surtitle.domain.public_addresses import Address, is_public
from surtitle.outgoing.errors import TargetAway, TargetRefused
from surtitle.outgoing.resolving import Resolver, SystemResolver

_PORTS = {"http": 80, "https": 443}
_HIGHEST_PORT = 65535
_MOST_URL_CHARACTERS = 4096
# `127.1`, `0177.0.0.1`, `0x7f.1` and `2130706433` are addresses to some programs (WHATWG URL, "ends in a
# number"): what is an address in one place and a name in another is refused.
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,252})", re.IGNORECASE)
_ENDS_IN_A_NUMBER = re.compile(r"(^|\.)(0x[0-9a-f]*|[0-9]+)\.?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """A URL that may be asked, and the addresses that were checked: connect to these and no others.

    Without addresses, a proxy that the operator named looks the name up.
    """

    url: httpx.URL
    addresses: tuple[Address, ...]

    @property
    def host(self) -> str:
        return self.url.raw_host.decode("ascii")

    @property
    def port(self) -> int:
        return self.url.port or _PORTS[self.url.scheme]


class Guard:
    """The rules of one installation."""

    def __init__(self, settings: OutgoingSettings, resolver: Resolver | None = None) -> None:
        self._settings = settings
        self._resolver = resolver or SystemResolver()
        self._allowed = tuple(ipaddress.ip_network(network) for network in settings.allow_private)

    @property
    def proxy(self) -> SecretStr | None:
        """The operator's, which all requests go through. Its URL may hold a password."""
        return self._settings.proxy

    async def placed(self, url: str) -> Place:
        """Where `url` is. Raises `TargetRefused`, and `TargetAway` for a name that nobody knows."""
        told = require_web(url)
        if self._settings.https_only and told.scheme != "https":
            raise TargetRefused("This installation asks https:// addresses only.", field="url")
        place = Place(told, ())
        return Place(told, tuple(await self.addresses(place.host, place.port)))

    async def addresses(self, host: str, port: int) -> Sequence[Address]:
        """The addresses of `host`, all of which may be asked; none where a proxy looks them up."""
        if self._settings.ports and port not in self._settings.ports:
            ports = ", ".join(map(str, self._settings.ports))
            raise TargetRefused(f"Port {port} may not be asked here; {ports} may.", field="url")
        number = _as_number(host)
        if number is not None:
            found: Sequence[Address] = [number]
        elif self._settings.proxy is not None:
            return ()
        else:
            found = await self._looked_up(host, port)
        for address in found:
            self._require_allowed(host, address)
        return found

    async def _looked_up(self, host: str, port: int) -> Sequence[Address]:
        try:
            async with asyncio.timeout(self._settings.connect_seconds):
                found = await self._resolver.addresses(host, port)
        except (OSError, UnicodeError):
            found = ()
        if not found:
            raise TargetAway(f"The name {host[:200]!r} cannot be looked up. Is it written as it should be?")
        return found

    def _require_allowed(self, host: str, address: Address) -> None:
        undressed = getattr(address, "ipv4_mapped", None) or address
        never = undressed.is_multicast or undressed.is_unspecified
        if not never and (is_public(address) or any(undressed in network for network in self._allowed)):
            return
        raise TargetRefused(
            f"{host[:200]!r} lies inside a network, and this installation asks addresses of the internet "
            "only. Who runs it can allow a network by SURTITLE_OUTGOING__ALLOW_PRIVATE.",
            field="url",
        )


def require_web(url: str) -> httpx.URL:
    """`url` as it will be asked. Raises `TargetRefused` for what is no plain address of the web."""
    if len(url) > _MOST_URL_CHARACTERS or not url.isprintable() or " " in url or "\\" in url:
        raise TargetRefused("The address is too long, or holds spaces or unusual signs.", field="url")
    try:
        told = httpx.URL(url)
        host = told.raw_host.decode("ascii")
    except (httpx.InvalidURL, UnicodeError, ValueError):
        raise TargetRefused(
            "The address cannot be read. Write it as https://HOST/PATH.", field="url"
        ) from None
    if told.scheme not in _PORTS or not host:
        raise TargetRefused("Addresses begin with https:// or http://.", field="url")
    if told.userinfo:
        raise TargetRefused("Leave user and password out of the address.", field="url")
    if told.port is not None and not 1 <= told.port <= _HIGHEST_PORT:
        raise TargetRefused(f"There is no port {told.port}.", field="url")
    if _as_number(host) is None and (not _NAME.fullmatch(host) or _ENDS_IN_A_NUMBER.search(host)):
        raise TargetRefused("Write the host as a name, or as an address in the usual way.", field="url")
    return told.copy_with(fragment=None)


def _as_number(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
