"""Connections through the proxy that the operator names, which looks up where a name is."""

import asyncio
import base64
import ssl

import httpx

from surtitle.outgoing.errors import TargetAway
from surtitle.outgoing.guard import Place

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_PORTS = {"http": 80, "https": 443}


class UpstreamProxy:
    """The proxy of `outgoing.proxy`. The guard has judged what it is asked for, as far as a name can be."""

    def __init__(self, url: str) -> None:
        told = httpx.URL(url)
        self._host = told.host
        self._port = told.port or _PORTS[told.scheme]
        self._tls = ssl.create_default_context() if told.scheme == "https" else None
        account = base64.b64encode(f"{told.username}:{told.password}".encode())
        self.headers: tuple[bytes, ...] = (b"Proxy-Authorization: Basic " + account,) if told.userinfo else ()
        """What it is told beside each request: who asks, where it wants to know."""

    async def connected(self) -> Streams:
        """To itself, for a request that it passes on. Raises `OSError`."""
        return await asyncio.open_connection(self._host, self._port, ssl=self._tls)

    async def tunnelled(self, place: Place) -> Streams:
        """As if it were to the place itself (RFC 9110, 9.3.6). Raises `TargetAway`, `OSError`."""
        reader, writer = await self.connected()
        try:
            authority = (f"[{place.host}]" if ":" in place.host else place.host) + f":{place.port}"
            asked = f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}".encode("ascii")
            writer.write(b"\r\n".join([asked, *self.headers, b"", b""]))
            _require_success(place, await reader.readuntil(b"\r\n\r\n"))
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            writer.close()
            raise TargetAway(f"{place.host} cannot be reached: the proxy gives no answer.") from None
        except BaseException:
            writer.close()
            raise
        return reader, writer


def _require_success(place: Place, head: bytes) -> None:
    status = head.partition(b"\r\n")[0].split(b" ")[1:2]
    if not status or not status[0].startswith(b"2"):
        told = status[0][:3].decode("ascii", "replace") if status else "something else"
        raise TargetAway(f"{place.host} cannot be reached: the proxy answered {told}.")
