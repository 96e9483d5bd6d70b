"""A worker's health over HTTP, for whoever restarts it: `/health/live` and `/health/ready`."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict
from typing import Any

import uvicorn

from surtitle.bootstrap.installation import Installation
from surtitle.errors import Unavailable
from surtitle.jobs.readiness import Readiness, lacking

_CONFIG: dict[str, Any] = {
    "lifespan": "off",
    "log_config": None,
    "log_level": "warning",
    "access_log": False,
    "server_header": False,
    "timeout_graceful_shutdown": 1,
}

_Message = dict[str, Any]


@asynccontextmanager
async def health_told(installation: Installation, number: int = 0) -> AsyncIterator[None]:
    """Answer on `jobs.health_port` plus `number` while the block lasts; without such a port, nowhere."""
    jobs = installation.settings.jobs
    if jobs.health_port is None:
        yield
        return
    with _listening(jobs.health_host, jobs.health_port + number) as listener:
        server = _Server(uvicorn.Config(_Health(installation.readiness), **_CONFIG))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield
        finally:
            server.should_exit = True
            await serving


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the worker's."""
        yield


class _Health:
    """An ASGI application of two addresses."""

    def __init__(self, readiness: Readiness) -> None:
        self._readiness = readiness

    async def __call__(
        self,
        scope: dict[str, Any],
        _receive: Callable[[], Awaitable[_Message]],
        send: Callable[[_Message], Awaitable[None]],
    ) -> None:
        status, document = await self._answer(scope["path"])
        headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(document).encode()})

    async def _answer(self, path: str) -> tuple[int, dict[str, Any]]:
        if path == "/health/live":
            return 200, {"status": "alive"}
        if path != "/health/ready":
            return 404, {"detail": "There are /health/live and /health/ready."}
        checks = await self._readiness.look(serves=False, works=True)
        wrong = lacking(checks)
        status = "not ready" if wrong else "ready" if all(check.ready for check in checks) else "degraded"
        told = {"status": status, "detail": " ".join(wrong), "checks": [asdict(check) for check in checks]}
        return 503 if wrong else 200, told


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise Unavailable(
            f"A worker cannot tell its health on {host}, port {port}: {error.strerror or error}. Choose "
            "another SURTITLE_JOBS__HEALTH_PORT, or unset it."
        ) from error
