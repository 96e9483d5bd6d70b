"""From calls that cannot wait to a job's progress, which is written to the database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from surtitle.pipelines.step import StepContext


class ProgressRelay:
    """Tells how far a step is, up to `share` of it."""

    def __init__(self, context: StepContext[Any], share: float = 1.0) -> None:
        self._context = context
        self._share = share
        self._fraction = 0.0
        self._news = asyncio.Event()

    def hear(self, fraction: float) -> None:
        self._fraction = fraction
        self._news.set()

    @asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        telling = asyncio.create_task(self._tell())
        try:
            yield
        finally:
            telling.cancel()
            await asyncio.wait({telling})

    async def _tell(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            await self._context.progress(self._share * self._fraction)
