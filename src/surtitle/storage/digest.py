"""The SHA-256 of what passes by."""

import asyncio
import hashlib

_WORTH_A_THREAD_BYTES = 256 * 1024


class RunningDigest:
    """SHA-256 of pieces, worked out in a thread while its caller does something with the piece."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._last: asyncio.Future[None] | None = None

    async def add(self, piece: bytes) -> None:
        """The next piece. Waits for the one before, so that never more than one is held."""
        await self._settled()
        if len(piece) < _WORTH_A_THREAD_BYTES:
            self._digest.update(piece)
            return
        self._last = asyncio.get_running_loop().run_in_executor(None, self._digest.update, piece)

    async def hexdigest(self) -> str:
        """Of all pieces so far."""
        await self._settled()
        return self._digest.hexdigest()

    async def _settled(self) -> None:
        last, self._last = self._last, None
        if last is not None:
            await last
