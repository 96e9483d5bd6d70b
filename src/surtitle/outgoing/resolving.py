"""Names to addresses, asked once for each connection."""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from typing import Protocol

from surtitle.domain.public_addresses import Address


class Resolver(Protocol):
    """Looks names up."""

    async def addresses(self, host: str, port: int) -> Sequence[Address]:
        """Where `host` is, the likeliest first. Raises `OSError` when nobody knows."""
        ...


class SystemResolver:
    """As the machine is set up to."""

    async def addresses(self, host: str, port: int) -> Sequence[Address]:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        places = [str(place[4][0]).partition("%")[0] for place in found]
        return [ipaddress.ip_address(place) for place in dict.fromkeys(places)]
