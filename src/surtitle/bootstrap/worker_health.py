"""The health of a worker or scheduler over HTTP, for whoever restarts it: `/health/live`, `/health/ready`."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

from surtitle.bootstrap.installation import Installation
from surtitle.bootstrap.side_port import Message, answering
from surtitle.jobs.readiness import Readiness, lacking


@asynccontextmanager
async def health_told(
    installation: Installation, number: int = 0, *, works: bool = True
) -> AsyncIterator[None]:
    """Answer on `jobs.health_port` plus `number` while the block lasts; without such a port, nowhere.

    `works`: the process runs jobs, and needs what they need.
    """
    jobs = installation.settings.jobs
    if jobs.health_port is None:
        yield
        return
    health, port = _Health(installation.readiness, works=works), jobs.health_port + number
    async with answering(health, jobs.health_host, port, setting="SURTITLE_JOBS__HEALTH_PORT"):
        yield


class _Health:
    """An ASGI application of two addresses."""

    def __init__(self, readiness: Readiness, *, works: bool) -> None:
        self._readiness = readiness
        self._works = works

    async def __call__(
        self,
        scope: dict[str, Any],
        _receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
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
        checks = await self._readiness.look(serves=False, works=self._works)
        wrong = lacking(checks)
        status = "not ready" if wrong else "ready" if all(check.ready for check in checks) else "degraded"
        told = {"status": status, "detail": " ".join(wrong), "checks": [asdict(check) for check in checks]}
        return 503 if wrong else 200, told
