"""Addresses as people and machines hold them: what is counted and trusted together."""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache

UNKNOWN = "unknown"

_IPV6_CUSTOMER_BITS = 64
_PORT_SEPARATOR = ":"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parsed(text: str) -> Address | None:
    """An address, with or without a port; one of IPv4 that came in IPv6's clothes is undressed."""
    try:
        address = ipaddress.ip_address(_without_port(text.strip()))
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def network_of(address: str | None) -> str:
    """What one customer holds: an IPv4 address, or the 64 bits of an IPv6 network (RFC 6177).

    Whoever has one address of an IPv6 network has 2^64 of them.
    """
    found = parsed(address or "")
    if found is None:
        return UNKNOWN
    if found.version == 4:  # noqa: PLR2004
        return str(found)
    return str(ipaddress.ip_network((int(found), _IPV6_CUSTOMER_BITS), strict=False))


def is_within(address: str, networks: Iterable[str]) -> bool:
    """Whether `address` is one of `networks`, or in one of them."""
    place = parsed(address)
    return place is not None and any(place in network for network in _networks(tuple(networks)))


@lru_cache(maxsize=16)
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


def _without_port(text: str) -> str:
    """`192.0.2.7:443` and `[2001:db8::1]:443`, as some proxies write them."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(_PORT_SEPARATOR)[0] if text.count(_PORT_SEPARATOR) == 1 else text
