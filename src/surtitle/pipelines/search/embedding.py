"""Texts into vectors, by the engine of this installation, in a child of this process."""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from surtitle.config import Settings
from surtitle.engines.host import EngineHost
from surtitle.engines.host.vectors import Embeddings
from surtitle.engines.models import EngineChooser, ModelStore
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.registry import Capability, EngineRegistry
from surtitle.errors import SurtitleError
from surtitle.observability.metrics import EngineMetrics

log = logging.getLogger(__name__)

# A question in between waits for one batch of moments at the most.
TEXTS_AT_ONCE = 16
_IDLE_SECONDS = 300.0
_LOOK_AGAIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """How texts are embedded, or `why_not`, for people."""

    setup: EngineSetup | None = None
    why_not: str | None = None


class TextEmbedding:
    """The engine's child lives from the first text until nobody has asked for a while.

    Use it from the event loop of the main thread, as the host.
    """

    def __init__(
        self,
        settings: Settings,
        registry: EngineRegistry,
        models: ModelStore,
        chooser: EngineChooser,
        metrics: EngineMetrics | None = None,
    ) -> None:
        self._settings = settings
        self._models = models
        self._chooser = chooser
        self._host = EngineHost(settings.engines, registry, metrics)
        self._known: Readiness | None = None
        self._known_until = 0.0
        self._idle: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None

    async def setup(self) -> EngineSetup | None:
        """How texts are embedded here; None where they are not. Fetches nothing."""
        return (await self.readiness()).setup

    async def readiness(self) -> Readiness:
        """Whether texts can be embedded here, as it was a moment ago at the most."""
        if self._known is None or time.monotonic() > self._known_until:
            self._known = await asyncio.to_thread(self._looked)
            self._known_until = time.monotonic() + _LOOK_AGAIN_SECONDS
        return self._known

    async def embed(self, setup: EngineSetup, texts: Sequence[str], *, is_query: bool) -> Embeddings:
        """A vector for each text. Raises what the host raises."""
        self._stay()
        try:
            return await self._host.embed_texts(setup, texts, is_query=is_query)
        finally:
            loop = asyncio.get_running_loop()
            self._stay()
            self._idle = loop.call_later(_IDLE_SECONDS, self._leave)

    async def close(self) -> None:
        self._stay()
        if self._ending is not None:
            await asyncio.wait({self._ending})
        await self._host.close()

    def _looked(self) -> Readiness:
        if self._settings.search.meaning == "off":
            return Readiness(why_not="Search by meaning is switched off (SURTITLE_SEARCH__MEANING).")
        try:
            self._chooser.check(Capability.TEXT_EMBEDDER)
            spec = self._chooser.spec_for(Capability.TEXT_EMBEDDER)
            if spec.needs_model:
                self._models.path(spec.model)
            setup = self._chooser.setup_for(Capability.TEXT_EMBEDDER)
            # Beside the jobs of this machine, and without a lock: their GPUs are theirs.
            return Readiness(replace(setup, device="cpu"))
        except SurtitleError as error:
            return Readiness(why_not=error.message)

    def _stay(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _leave(self) -> None:
        self._ending = asyncio.create_task(self._host.close())


def name_of(setup: EngineSetup) -> str:
    """Which vectors these are: only those of one name are compared."""
    return f"{setup.engine}:{setup.model}"[:200]
