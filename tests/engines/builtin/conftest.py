"""Narration of known text by the local voice, and a server that speaks as fal does."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from tests.fakes.fal_server import KEY, FalServer, fal_server
from tests.fal_films import LTX, QUICK, FalEngine
from tests.films import moving_picture

from surtitle.config import Settings
from surtitle.engines.builtin.fal_video import FalVideo
from surtitle.engines.builtin.hibari import HibariSynthesizer
from surtitle.engines.models import ModelStore
from surtitle.engines.protocols import Endpoint, EngineSetup

SENTENCES = (
    "The little town was quiet in the early morning, and the boats lay still.",
    "A woman walked along the wall with a basket of bread on her arm.",
    "She stopped at the last house and knocked three times on the door.",
    "Nobody answered, so she left the bread on the step and went home.",
    "In the afternoon the wind came up and the sailors began to work.",
    "They carried ropes and nets and heavy wooden boxes down to the water.",
    "By the evening every boat had left, and the town was empty again.",
)

Narrate = Callable[..., npt.NDArray[np.float32]]


@pytest.fixture(scope="session")
def narrate() -> Narrate:
    """`narrate(*sentences, pause_seconds)`: float32 at 16 kHz."""
    voice = HibariSynthesizer(EngineSetup("hibari", "hibari", None, "cpu", "float32", 1))

    def speak(*sentences: str, pause_seconds: float = 0.5) -> npt.NDArray[np.float32]:
        pause = np.zeros(int(pause_seconds * 16_000), dtype=np.float32)
        parts = []
        for sentence in sentences:
            speech = voice.synthesize(sentence, voice=None, speed=1.0, seed=0)
            times = np.arange(0, len(speech.samples), speech.sample_rate_hz / 16_000)
            sound = np.interp(times, np.arange(len(speech.samples)), speech.samples)
            parts += [sound.astype(np.float32), pause]
        return np.concatenate(parts)

    return speak


@pytest.fixture(scope="session")
def whisper_base() -> Path:
    """The folder of Whisper base in this machine's model store; fetched if it is not there."""
    return ModelStore(Settings()).pull("whisper-base")


@pytest.fixture(scope="session")
def whisper_tiny_en() -> Path:
    """The folder of the English-only Whisper tiny."""
    return ModelStore(Settings()).pull("whisper-tiny.en")


@pytest.fixture(scope="session")
def fal_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return moving_picture(tmp_path_factory.mktemp("fal") / "film.mp4")


@pytest.fixture
def fal(fal_clip: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FalServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with fal_server(fal_clip) as server:
        yield server


@pytest.fixture
def fal_engine(fal: FalServer) -> FalEngine:
    def build(model: str = LTX, *, url: str | None = None, seconds: float = 60.0) -> FalVideo:
        endpoint = Endpoint(url or fal.url, KEY, seconds)
        return FalVideo(EngineSetup("fal", model, None, "cpu", "float32", 1, endpoint=endpoint), QUICK)

    return build
