"""Text into a WAV file, by the engine that speaks."""

import os
from dataclasses import dataclass
from pathlib import Path

from surtitle.config import EngineSettings
from surtitle.engines.host import EngineHost, SpokenFile
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.registry import Capability, EngineRegistry

DEFAULT_ENGINE = "hibari"


@dataclass(frozen=True, slots=True)
class Manner:
    """How to speak. `voice` None is the engine's default; `speed` 1.0 is natural, 0.5 to 2.0 allowed."""

    voice: str | None = None
    speed: float = 1.0
    seed: int = 0


class Speaker:
    """Speaks through an engine host. The same text and manner give the same samples."""

    def __init__(
        self,
        host: EngineHost,
        registry: EngineRegistry,
        settings: EngineSettings,
        engine: str = DEFAULT_ENGINE,
    ) -> None:
        spec = registry.named(engine, Capability.SYNTHESIZER)
        self._host = host
        self._setup = EngineSetup(
            engine=spec.name,
            model=spec.model,
            model_directory=None,
            device="cpu",
            compute_type="float32",
            threads=settings.threads or os.cpu_count() or 1,
        )

    async def speak(self, text: str, output: Path, manner: Manner | None = None) -> SpokenFile:
        """`text` as a 16-bit mono WAV at `output`, whole or not at all.

        Raises `Invalid` for a text with nothing to say or an unknown voice, and what the host raises.
        """
        manner = manner or Manner()
        return await self._host.synthesize(
            self._setup, text, voice=manner.voice, speed=manner.speed, seed=manner.seed, output=output
        )
