from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from surtitle.config import EngineSettings
from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.recognition import RecognizedWindow, WindowCursor
from surtitle.engines.host import EngineHost, StepDown
from surtitle.engines.protocols import EngineSetup

FAKE_ENGINES = {
    "scripted": "fake_engines:SCRIPTED",
    "tone": "fake_engines:TONE",
    "bare": "fake_engines:BARE",
}


def acting(
    how: str, *, device: str = "cpu", compute_type: str = "float32", batch_size: int = 1
) -> EngineSetup:
    """A setup of the scripted engine that acts as told."""
    return EngineSetup("scripted", how, None, device, compute_type, 1, batch_size)


async def hear(
    host: EngineHost,
    setup: EngineSetup,
    sound: Path,
    start: WindowCursor | None = None,
    on_step_down: StepDown | None = None,
) -> list[RecognizedWindow]:
    windows = host.transcribe(setup, sound, TranscriptionOptions(), start or WindowCursor(), on_step_down)
    async with aclosing(windows):
        return [window async for window in windows]


def texts(windows: list[RecognizedWindow]) -> list[str]:
    return [word.text for window in windows for segment in window.segments for word in segment.words]


@pytest.fixture
async def host(install_engines: Callable[[dict[str, str]], None]) -> AsyncIterator[EngineHost]:
    install_engines(FAKE_ENGINES)
    async with running(EngineSettings()) as host:
        yield host


@asynccontextmanager
async def running(settings: EngineSettings) -> AsyncIterator[EngineHost]:
    host = EngineHost(settings)
    try:
        yield host
    finally:
        await host.close()
