"""The engine `fal` in the host's child, killed and cancelled while fal works for it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.fal_server import KEY, FalServer, fal_server
from tests.films import film_facts, moving_picture

from surtitle.config import EngineSettings
from surtitle.domain.films import FilmRequest
from surtitle.engines.errors import EngineDied
from surtitle.engines.host import EngineHost
from surtitle.engines.protocols import Endpoint, EngineSetup
from surtitle.engines.video_errors import FalRefusesUs

from .conftest import running

REQUEST = FilmRequest("a cat", 64, 48, 10, 1.0)


@pytest.fixture
def fal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FalServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with fal_server(moving_picture(tmp_path / "source.mp4")) as server:
        server.polls_needed = 1
        yield server


@pytest.fixture
async def host(install_engines: Callable[[dict[str, str]], None]) -> AsyncIterator[EngineHost]:
    install_engines({"fal": "surtitle.engines.builtin:FAL"})
    async with running(EngineSettings()) as host:
        yield host


class Job:
    """What is kept of a film, and who waits for it."""

    def __init__(self, host: EngineHost, fal: FalServer, output: Path) -> None:
        self.kept: list[dict[str, Any]] = []
        self.asked = asyncio.Event()
        self._host = host
        endpoint = Endpoint(fal.url, KEY, 600.0)
        self._setup = EngineSetup("fal", "fal-ai/veo3", None, "cpu", "float32", 1, endpoint=endpoint)
        self._output = output

    async def draw(self) -> tuple[str, ...]:
        async def told(_fraction: float, _rate: float | None) -> None:
            self.asked.set()

        async def keep(checkpoint: Mapping[str, Any]) -> None:
            self.kept.append(dict(checkpoint))

        async def unwanted() -> bool:
            return True

        return await self._host.draw_film(
            self._setup, REQUEST, self._output, on_progress=told, save_checkpoint=keep,
            checkpoint=self.kept[-1] if self.kept else None, is_cancelled=unwanted,
        )  # fmt: skip


async def test_a_killed_child_goes_on_with_the_request_that_was_paid(
    host: EngineHost, fal: FalServer, tmp_path: Path
) -> None:
    job = Job(host, fal, tmp_path / "film.mp4")
    drawing = asyncio.create_task(job.draw())
    await job.asked.wait()
    assert host.facts.child_pid is not None
    os.kill(host.facts.child_pid, signal.SIGKILL)
    with pytest.raises(EngineDied):
        await drawing
    await job.draw()
    assert (fal.taken, fal.cancelled) == (1, [])
    assert film_facts(tmp_path / "film.mp4").frames == 10


async def test_what_is_final_at_fal_stays_final_on_this_side(
    host: EngineHost, fal: FalServer, tmp_path: Path
) -> None:
    fal.submits = ["401"]
    with pytest.raises(FalRefusesUs) as refusal:
        await Job(host, fal, tmp_path / "film.mp4").draw()
    assert not refusal.value.passing


async def test_a_cancelled_film_is_called_off_before_the_child_ends(
    host: EngineHost, fal: FalServer, tmp_path: Path
) -> None:
    fal.polls_needed = 10_000
    job = Job(host, fal, tmp_path / "film.mp4")
    drawing = asyncio.create_task(job.draw())
    await job.asked.wait()
    drawing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await drawing
    assert fal.cancelled == ["r-1"]
    assert not (tmp_path / "film.mp4").exists()
