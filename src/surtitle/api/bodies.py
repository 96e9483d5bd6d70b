"""Bodies of requests: how large, how slow and how deep they may be."""

import asyncio
import re
import time
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from surtitle.api.streamed import STREAMED_BODY
from surtitle.config import LimitSettings

MAX_DEPTH = 64
"""Of arrays and objects in JSON. Readers and writers of JSON call themselves for each level."""

# Looked at in less time than it takes to ask another thread to.
_AT_ONCE_BYTES = 16 * 1024
# The end of the text stands in for a quote that is missing: a second try at every quote before it takes
# time that grows with the square of the length.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKET = re.compile(rb"[\[{\]}]")


@dataclass(slots=True)
class _Body:
    """What has come of one body."""

    scope: Scope
    waited_seconds: float = 0.0
    received_bytes: int = 0
    complete: bool = False
    json: list[bytes] = field(default_factory=list)

    @property
    def is_streamed(self) -> bool:
        # The router has chosen the route by the time that anything reads the body.
        return STREAMED_BODY in (getattr(self.scope.get("route"), "openapi_extra", None) or {})

    @property
    def is_json(self) -> bool:
        return "json" in Headers(scope=self.scope).get("content-type", "")


class BodyLimits:
    """ASGI middleware: 413 above the limit, counted on the bytes that arrive; 408 for a body that stalls.

    Routes that stream uploads to the store say so in the OpenAPI document and count for themselves. The
    slowest rate is that of Apache's mod_reqtimeout: a pause for free, then bytes for seconds. Only the
    time that we wait for bytes counts, not the time that we take to work on them.
    """

    def __init__(self, app: ASGIApp, limits: LimitSettings) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(scope)

        async def received() -> Message:
            # After its end, who still listens waits for the client to leave.
            return await receive() if body.complete else await self._next(body, receive)

        await self._app(scope, received, send)

    async def _next(self, body: _Body, receive: Receive) -> Message:
        message = await self._awaited(body, receive)
        chunk = message.get("body", b"")
        body.received_bytes += len(chunk)
        body.complete = not message.get("more_body", False)
        if body.is_streamed:
            return message
        if body.received_bytes > self._limits.json_bytes:
            raise HTTPException(
                413,
                f"The body is larger than the {self._limits.json_bytes} bytes that this installation takes "
                "as JSON. Recordings go to `POST /api/media`.",
            )
        if body.is_json:
            body.json.append(chunk)
            if body.complete:
                await _look_at(b"".join(body.json))
        return message

    async def _awaited(self, body: _Body, receive: Receive) -> Message:
        earned = body.received_bytes / self._limits.body_bytes_a_second
        patience = min(self._limits.stall_seconds, self._limits.stall_seconds + earned - body.waited_seconds)
        began = time.monotonic()
        try:
            async with asyncio.timeout(patience):
                return await receive()
        except TimeoutError:
            raise HTTPException(
                408,
                f"The body stopped coming, or came too slowly, after {body.received_bytes} bytes. Send it "
                "again; over a shaky line, send recordings by `/api/uploads`, which goes on where it broke.",
                {"Connection": "close"},
            ) from None
        finally:
            body.waited_seconds += time.monotonic() - began


async def _look_at(document: bytes) -> None:
    if len(document) <= _AT_ONCE_BYTES:
        require_shallow(document)
    else:
        await asyncio.to_thread(require_shallow, document)


def require_shallow(document: bytes) -> None:
    """Raises HTTPException 400 for JSON whose arrays and objects are nested too deeply."""
    depth = 0
    for bracket in _BRACKET.finditer(_STRING.sub(b"", document)):
        depth += 1 if bracket[0] in b"[{" else -1
        if depth > MAX_DEPTH:
            raise HTTPException(
                400, f"The JSON is nested more than {MAX_DEPTH} levels deep. Send it flatter."
            )
