"""A machine that speaks: a real host with the engines that are installed here."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from surtitle.config import Settings
from surtitle.engines.host import EngineHost
from surtitle.engines.models import ModelStore, probe_hardware
from surtitle.engines.registry import EngineRegistry
from surtitle.pipelines.speech.parts import SpeechParts, open_speech


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", _env_file=None)


@pytest.fixture
async def speech(settings: Settings) -> AsyncIterator[SpeechParts]:
    """Without any model: hibari and espeak speak, and nobody listens."""
    registry = EngineRegistry()
    host = EngineHost(settings.engines, registry)
    yield open_speech(settings, registry, ModelStore(settings), probe_hardware(0), host)
    await host.close()
