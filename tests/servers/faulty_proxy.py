"""A loopback proxy between a program and a server, that breaks what passes it.

It knows nothing of what it carries, so it stands before PostgreSQL, Redis and an object store alike.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

_PIECE_BYTES = 64 * 1024
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Fault:
    """How the way to the server is broken; the default is not at all.

    `status`: every request is answered with this HTTP status. `bytes_a_second`: each direction of a
    connection is that slow. `cut_after_bytes`: a connection is reset once the client has sent more.
    `refuses`: each is reset at once. `hangs`: nothing passes, and nobody is told.
    """

    status: int | None = None
    bytes_a_second: float | None = None
    cut_after_bytes: int | None = None
    refuses: bool = False
    hangs: bool = False


HEALTHY = Fault()
_GENTLE = (HEALTHY, Fault(hangs=True))
"""Connections that are open stay open; those that hung go on."""


class FaultyProxy:
    """Passes connections on to `target`, with `fault` in the way. `hits` counts those that it struck."""

    def __init__(self, target: tuple[str, int], host: str = "127.0.0.1") -> None:
        self.target = target
        self.host = host
        self.port = 0
        self.hits = 0
        self._fault = HEALTHY
        self._struck: set[asyncio.StreamWriter] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._changed = asyncio.Event()

    @property
    def fault(self) -> Fault:
        return self._fault

    @fault.setter
    def fault(self, fault: Fault) -> None:
        """Strike from now on; the connections that are open are struck too."""
        asyncio.run_coroutine_threadsafe(self._strike(fault), self._loop).result(timeout=10)

    def before(self, url: str) -> str:
        """`url`, which leads to the target, as it leads through this proxy."""
        parts = urlsplit(url)
        user = parts.netloc.rpartition("@")[0]
        place = f"{self.host}:{self.port}"
        return urlunsplit(parts._replace(netloc=f"{user}@{place}" if user else place))

    async def _strike(self, fault: Fault) -> None:
        self._fault = fault
        self._struck.clear()
        self._changed.set()
        self._changed = asyncio.Event()
        if fault in _GENTLE or fault.bytes_a_second:
            return
        for writer in list(self._writers):
            writer.transport.abort()

    async def serve(self, ready: threading.Event) -> None:
        server = await asyncio.start_server(self._connected, self.host, 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        async with server:
            await server.serve_forever()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            await self._carry(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            writer.transport.abort()
        finally:
            self._writers.discard(writer)
            self._struck.discard(writer)
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._fault.refuses:
            self._hit(writer)
            _reset(writer)
            return
        if self._fault.status is not None:
            await self._answer(reader, writer, self._fault.status)
            return
        await self._while_it_hangs(writer)
        up_reader, up_writer = await asyncio.open_connection(*self.target)
        self._writers.add(up_writer)
        try:
            await asyncio.gather(
                self._pump(reader, up_writer, writer, upwards=True),
                self._pump(up_reader, writer, writer, upwards=False),
            )
        finally:
            self._writers.discard(up_writer)
            up_writer.close()

    async def _pump(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        client: asyncio.StreamWriter,
        *,
        upwards: bool,
    ) -> None:
        try:
            await self._carry_pieces(source, sink, client, upwards=upwards)
        except OSError:
            # One end was reset: so is the other, and with it the opposite direction.
            sink.transport.abort()
            client.transport.abort()

    async def _carry_pieces(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        client: asyncio.StreamWriter,
        *,
        upwards: bool,
    ) -> None:
        carried = 0
        while piece := await source.read(_PIECE_BYTES):
            await self._while_it_hangs(client)
            carried += len(piece)
            fault = self._fault
            if fault.bytes_a_second is not None:
                self._hit(client)
                await asyncio.sleep(len(piece) / fault.bytes_a_second)
            if upwards and fault.cut_after_bytes is not None and carried > fault.cut_after_bytes:
                self._hit(client)
                _reset(client)
                raise ConnectionResetError("cut")
            sink.write(piece)
            await sink.drain()
        with suppress(OSError):
            sink.write_eof()

    async def _while_it_hangs(self, client: asyncio.StreamWriter) -> None:
        while self._fault.hangs:
            self._hit(client)
            await self._changed.wait()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, status: int) -> None:
        self._hit(writer)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status} Broken\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.write_eof()
        # A client that is still sending its body reads the answer only if nothing resets the connection.
        while self._fault.status is not None and await reader.read(_PIECE_BYTES):
            pass

    def _hit(self, client: asyncio.StreamWriter) -> None:
        if client not in self._struck:
            self._struck.add(client)
            self.hits += 1


def _reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


@contextmanager
def faulty_proxy(target: tuple[str, int], host: str = "127.0.0.1") -> Iterator[FaultyProxy]:
    """A proxy to `target` on a free port of `host`, with a thread of its own."""
    proxy = FaultyProxy(target, host)
    ready = threading.Event()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: proxy._loop) as runner, suppress(asyncio.CancelledError):
            runner.run(proxy.serve(ready))

    thread = threading.Thread(target=run, name="faulty-proxy")
    thread.start()
    if not ready.wait(timeout=10):
        raise AssertionError("the proxy did not start")
    try:
        yield proxy
    finally:
        proxy.fault = HEALTHY
        proxy._loop.call_soon_threadsafe(_cancel_all, proxy._loop)
        thread.join(timeout=10)


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()
