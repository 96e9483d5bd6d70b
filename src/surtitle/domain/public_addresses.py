"""Which network addresses anybody may be sent to, and which lie inside somebody's network."""

import ipaddress
from collections.abc import Iterator

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# IANA's registry of special addresses has more than some versions of `ipaddress` know.
_UNKNOWN_TO_PYTHON: tuple[Network, ...] = (
    ipaddress.ip_network("192.0.0.0/24"),
    ipaddress.ip_network("192.88.99.0/24"),
    ipaddress.ip_network("64:ff9b:1::/48"),
    ipaddress.ip_network("::/96"),
    ipaddress.ip_network("5f00::/16"),
    ipaddress.ip_network("3fff::/20"),
)


def is_public(address: Address) -> bool:
    """Whether `address`, and each that is wrapped in it, belongs to the internet at large."""
    return all(_is_global(meant) for meant in meant_by(address))


def meant_by(address: Address) -> Iterator[Address]:
    """The address, and those that are wrapped in it (RFC 4291, 3056, 4380, 6052)."""
    yield address
    if isinstance(address, ipaddress.IPv6Address):
        yield from filter(None, (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())))
        if address in _NAT64:
            yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _is_global(address: Address) -> bool:
    return (
        address.is_global
        and not address.is_multicast
        and not any(address in network for network in _UNKNOWN_TO_PYTHON)
    )
