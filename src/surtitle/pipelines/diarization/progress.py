"""How far telling voices apart is, from the engine to the job."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sqlalchemy.exc import SQLAlchemyError

from surtitle.errors import SurtitleError

log = logging.getLogger(__name__)

# Decoding the sound anew, in a run that begins here, is about this share of the step.
_SOUND_SHARE = 0.02


class ProgressRelay:
    """From the engine's calls, which cannot wait, to `write`, which waits for the database."""

    def __init__(self, write: Callable[[float], Awaitable[None]]) -> None:
        self._write = write
        self._fraction = 0.0
        self._news = asyncio.Event()

    def hear(self, fraction: float) -> None:
        """The engine is so far, 0..1."""
        self._fraction = fraction
        self._news.set()

    async def tell(self) -> None:
        """Tell what is heard, the newest each time, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._write(_SOUND_SHARE + (1 - _SOUND_SHARE) * self._fraction)
            except (SQLAlchemyError, SurtitleError) as error:
                # The work is worth more than the news of it, and the next may get through.
                log.warning("how far a diarization is could not be told: %s", error)
