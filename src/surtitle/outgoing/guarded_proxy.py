"""A proxy on this machine, for a program that brings an HTTP client of its own: it reaches what the guard
lets it reach, and each connection goes to an address that was checked.
"""

import asyncio
import base64
import hmac
import secrets
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from surtitle.errors import SurtitleError
from surtitle.outgoing.errors import AnswerTooLarge, TargetAway, TargetRefused
from surtitle.outgoing.guard import Guard, Place
from surtitle.outgoing.upstream import Streams, UpstreamProxy

_HEAD_BYTES = 64 * 1024
_PIECE_BYTES = 64 * 1024
_HEAD_SECONDS = 10.0
_USER = "surtitle"


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a client asks for: the head to send on, None for a tunnel."""

    place: Place
    head: bytes | None


class GuardedProxy:
    """One for a run of the program: it counts what came, and keeps what was refused."""

    def __init__(self, guard: Guard, *, most_bytes: int, idle_seconds: float) -> None:
        self._guard = guard
        self._left_bytes = self._most_bytes = most_bytes
        self._idle_seconds = idle_seconds
        self._upstream = UpstreamProxy(guard.proxy.get_secret_value()) if guard.proxy else None
        self._password = secrets.token_urlsafe(32)
        self._serving: set[asyncio.Task[None]] = set()
        self.fault: SurtitleError | None = None
        """Why the program did not get something that it wanted; the last of several."""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[str]:
        """The proxy's URL, which holds the password that it asks for, while the block lasts."""
        server = await asyncio.start_server(self._begin, "127.0.0.1", 0, limit=_HEAD_BYTES)
        port = server.sockets[0].getsockname()[1]
        try:
            yield f"http://{_USER}:{self._password}@127.0.0.1:{port}"
        finally:
            server.close()
            for task in tuple(self._serving):
                task.cancel()
            await asyncio.gather(*self._serving, return_exceptions=True)

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of ours: asyncio logs those that it makes itself when they are cancelled.
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await self._answer(reader, writer)
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(_HEAD_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        if not self._let_in(head):
            await _say(writer, "407 Proxy Authentication Required")
            return
        try:
            wish = await self._wish(head)
            there, back = await self._connected(wish)
        except SurtitleError as error:
            self.fault = error
            await _say(writer, "403 Forbidden" if isinstance(error, TargetRefused) else "502 Bad Gateway")
        else:
            try:
                if wish.head is None:
                    await _say(writer, "200 Connection established")
                else:
                    back.write(wish.head)
                await self._relay(self._copy(reader, back), self._copy(there, writer, self._idle_seconds))
            finally:
                back.close()

    def _let_in(self, head: bytes) -> bool:
        wanted = base64.b64encode(f"{_USER}:{self._password}".encode())
        told = _header(head, b"proxy-authorization")
        return hmac.compare_digest(told.removeprefix(b"Basic "), wanted)

    async def _wish(self, head: bytes) -> _Wish:
        first, _, rest = head.partition(b"\r\n")
        try:
            method, target, _version = first.decode("ascii").split(" ")
        except ValueError:
            raise TargetRefused("The request cannot be read.") from None
        if method == "CONNECT":
            return _Wish(await self._guard.placed(f"https://{target}/"), None)
        place = await self._guard.placed(target)
        if self._upstream is None:
            return _Wish(place, _head_for(place, method, place.url.raw_path, rest))
        whole = b"%s://%s%s" % (place.url.raw_scheme, place.url.netloc, place.url.raw_path)
        return _Wish(place, _head_for(place, method, whole, rest, self._upstream.headers))

    async def _connected(self, wish: _Wish) -> Streams:
        place = wish.place
        if self._upstream is not None:
            return await self._through(self._upstream, wish)
        for address in place.addresses:
            try:
                async with asyncio.timeout(self._idle_seconds):
                    return await asyncio.open_connection(str(address), place.port)
            except (OSError, TimeoutError):
                continue
        raise TargetAway(f"{place.host} cannot be reached.")

    async def _through(self, upstream: UpstreamProxy, wish: _Wish) -> Streams:
        try:
            async with asyncio.timeout(self._idle_seconds):
                return await (upstream.tunnelled(wish.place) if wish.head is None else upstream.connected())
        except (OSError, TimeoutError):
            raise TargetAway(f"{wish.place.host} cannot be reached: the proxy does not answer.") from None

    async def _relay(self, *ways: Coroutine[Any, Any, None]) -> None:
        """Both ways, until either side ends."""
        copying = {asyncio.create_task(way) for way in ways}
        try:
            await asyncio.wait(copying, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in copying:
                task.cancel()
            await asyncio.gather(*copying, return_exceptions=True)

    async def _copy(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, idle_seconds: float | None = None
    ) -> None:
        while True:
            async with asyncio.timeout(idle_seconds):
                piece = await source.read(_PIECE_BYTES)
            if not piece:
                return
            self._left_bytes -= len(piece)
            if self._left_bytes < 0:
                self.fault = AnswerTooLarge(self._most_bytes)
                return
            sink.write(piece)
            await sink.drain()


async def _say(writer: asyncio.StreamWriter, status: str) -> None:
    headers = "" if status.startswith("200") else "Content-Length: 0\r\nConnection: close\r\n"
    if status.startswith("407"):
        headers += 'Proxy-Authenticate: Basic realm="surtitle"\r\n'
    writer.write(f"HTTP/1.1 {status}\r\n{headers}\r\n".encode())
    await writer.drain()


def _head_for(place: Place, method: str, target: bytes, rest: bytes, more: Sequence[bytes] = ()) -> bytes:
    """The head as the server, or the proxy before it, is told it; one request a connection."""
    lines = [line for line in rest.split(b"\r\n") if line and not _is_ours(line)]
    first = b"%s %s HTTP/1.1" % (method.encode("ascii"), target)
    host = b"Host: " + place.url.netloc
    return b"\r\n".join([first, host, *more, *lines, b"Connection: close", b"", b""])


def _is_ours(line: bytes) -> bool:
    name = line.partition(b":")[0].strip().lower()
    return name in {b"host", b"connection", b"keep-alive"} or name.startswith(b"proxy-")


def _header(head: bytes, name: bytes) -> bytes:
    for line in head.split(b"\r\n")[1:]:
        told, _, value = line.partition(b":")
        if told.strip().lower() == name:
            return value.strip()
    return b""
