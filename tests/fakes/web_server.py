"""A real HTTP server on loopback whose answers a test writes byte by byte."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Received:
    """One request. Names of headers are in small letters."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Reply = bytes | Callable[[Received, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class WebServer:
    """`replies` by path, `*` for any other; a list of them is gone through, and its last one repeated."""

    url: str = ""
    port: int = 0
    replies: dict[str, Reply | list[Reply]] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)

    def reply_to(self, request: Received) -> Reply:
        path = request.path.partition("?")[0]
        told = self.replies.get(path, self.replies.get("*", response(404)))
        if isinstance(told, list):
            return told.pop(0) if len(told) > 1 else told[0]
        return told


def response(status: int, body: bytes = b"", **headers: str) -> bytes:
    """A whole answer. Headers are written with `_` for `-`."""
    told = {"Content-Length": str(len(body)), "Connection": "close"}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"HTTP/1.1 {status} Told\r\n{head}\r\n".encode() + body


@asynccontextmanager
async def web_server(host: str = "127.0.0.1") -> AsyncIterator[WebServer]:
    """Listens while the block lasts."""
    web = WebServer()
    busy: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                request = await _read(reader)
                web.received.append(request)
                reply = web.reply_to(request)
                if isinstance(reply, bytes):
                    writer.write(reply)
                    await writer.drain()
                else:
                    await reply(request, writer)
        finally:
            writer.close()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(serve(reader, writer))
        busy.add(task)
        task.add_done_callback(busy.discard)

    server = await asyncio.start_server(begin, host, 0)
    web.port = server.sockets[0].getsockname()[1]
    web.url = f"http://{host}:{web.port}"
    try:
        yield web
    finally:
        server.close()
        for task in tuple(busy):
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method, path, headers, body)
