"""A small HTTP port beside a process that serves nobody else: for who restarts it, and for who watches it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn

from surtitle.errors import Unavailable

Message = dict[str, Any]
Application = Callable[
    [dict[str, Any], Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]
"""An ASGI application."""

_CONFIG: dict[str, Any] = {
    "lifespan": "off",
    "log_config": None,
    "log_level": "warning",
    "access_log": False,
    "server_header": False,
    "timeout_graceful_shutdown": 1,
}


@asynccontextmanager
async def answering(application: Application, host: str, port: int, *, setting: str) -> AsyncIterator[None]:
    """Serve `application` there while the block lasts. Raises `Unavailable`, which names the `setting`, when
    the port cannot be had.
    """
    with _listening(host, port, setting) as listener:
        server = _Server(uvicorn.Config(application, **_CONFIG))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield
        finally:
            server.should_exit = True
            await serving


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the process's own."""
        yield


def _listening(host: str, port: int, setting: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise Unavailable(
            f"A process cannot listen on {host}, port {port}: {error.strerror or error}. Choose another "
            f"{setting}, or unset it."
        ) from error
