"""Video engines behind the host."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import av
import pytest

from surtitle.config import EngineSettings
from surtitle.domain.films import FilmRequest
from surtitle.domain.transcript import Word
from surtitle.engines.errors import EngineDied
from surtitle.engines.host import EngineHost
from surtitle.engines.protocols import EngineSetup
from surtitle.errors import Invalid
from surtitle.jobs.errors import LeaseLost

from .conftest import running

PAINTED = EngineSetup("painted", "", None, "cpu", "float32", 1)


@pytest.fixture
async def host(install_engines: Callable[[dict[str, str]], None]) -> AsyncIterator[EngineHost]:
    install_engines({"painted": "film_engines:PAINTED"})
    async with running(EngineSettings()) as host:
        yield host


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "film.log"
    place.touch()
    monkeypatch.setenv("FAKE_FILM_LOG", str(place))
    return place


class Listener:
    """Keeps what it hears, and may refuse to keep."""

    def __init__(self, fault: Exception | None = None, *, unwanted: bool = False) -> None:
        self.heard: list[tuple[float, float | None]] = []
        self.kept: list[dict[str, Any]] = []
        self.begun = asyncio.Event()
        self.fault = fault
        self.unwanted = unwanted

    async def progress(self, fraction: float, frames_per_second: float | None) -> None:
        self.heard.append((fraction, frames_per_second))
        self.begun.set()

    async def save(self, checkpoint: Mapping[str, Any]) -> None:
        if self.fault is not None:
            raise self.fault
        self.kept.append(dict(checkpoint))

    async def is_unwanted(self) -> bool:
        return self.unwanted


def asked(prompt: str, **wishes: Any) -> FilmRequest:
    words = (Word("w1", "日本 🎬", 0.0, 0.5),)
    return FilmRequest(prompt, 64, 48, 10, 1.0, words=words, **wishes)


async def draw(
    host: EngineHost,
    request: FilmRequest,
    output: Path,
    listener: Listener,
    *,
    checkpoint: Mapping[str, Any] | None = None,
    setup: EngineSetup = PAINTED,
) -> tuple[str, ...]:
    return await host.draw_film(
        setup, request, output, on_progress=listener.progress, checkpoint=checkpoint,
        save_checkpoint=listener.save, is_cancelled=listener.is_unwanted,
    )  # fmt: skip


async def test_a_film_lies_where_it_was_asked_for_and_its_warnings_are_told(
    host: EngineHost, tmp_path: Path
) -> None:
    listener, output = Listener(), tmp_path / "picture.mp4"
    assert await draw(host, asked("warns"), output, listener) == ("Painted, not drawn.",)
    with av.open(output) as film:
        assert (film.streams.video[0].width, film.streams.video[0].frames) == (64, 10)
    assert listener.heard[0] == (0.1, 120.0)
    assert host.facts.jobs == 1


async def test_what_an_engine_saves_is_kept_before_it_goes_on_and_handed_to_the_next_try(
    host: EngineHost, tmp_path: Path, log: Path
) -> None:
    listener, output = Listener(), tmp_path / "picture.mp4"
    with pytest.raises(EngineDied):
        await draw(host, asked("pays and dies"), output, listener)
    assert listener.kept == [{"request_id": "r-1"}]
    assert not output.exists()
    await draw(host, asked("pays and dies"), output, listener, checkpoint=listener.kept[-1])
    assert log.read_text().splitlines()[:2] == ["paid", "went on with r-1"]


async def test_an_engine_whose_checkpoint_cannot_be_kept_goes_no_further(
    host: EngineHost, tmp_path: Path, log: Path
) -> None:
    output = tmp_path / "picture.mp4"
    lost = LeaseLost.__new__(LeaseLost)
    with pytest.raises(LeaseLost):
        await draw(host, asked("pays"), output, Listener(lost))
    assert log.read_text() == "paid\n"
    assert not output.exists()
    assert host.facts.child_pid is None


async def test_a_film_that_nobody_wants_is_cleaned_up_by_its_engine(
    host: EngineHost, tmp_path: Path, log: Path
) -> None:
    listener = Listener(unwanted=True)
    drawing = asyncio.create_task(draw(host, asked("waits"), tmp_path / "picture.mp4", listener))
    await listener.begun.wait()
    drawing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await drawing
    assert log.read_text() == "told to stop\n"
    assert host.facts.child_pid is not None


async def test_an_engine_that_is_done_when_it_is_told_to_stop_answers_what_it_is_asked_next(
    host: EngineHost, tmp_path: Path, log: Path
) -> None:
    listener, next_film = Listener(unwanted=True), tmp_path / "next.mp4"
    drawing = asyncio.create_task(draw(host, asked("looks away"), tmp_path / "picture.mp4", listener))
    await listener.begun.wait()
    drawing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await drawing
    child = host.facts.child_pid
    assert child is not None
    assert await draw(host, asked("warns"), next_film, Listener()) == ("Painted, not drawn.",)
    assert next_film.exists()
    assert host.facts.child_pid == child
    assert "told to stop" not in log.read_text()


async def test_a_worker_that_stops_tells_the_engine_nothing(
    host: EngineHost, tmp_path: Path, log: Path
) -> None:
    listener = Listener(unwanted=False)
    drawing = asyncio.create_task(draw(host, asked("waits"), tmp_path / "picture.mp4", listener))
    await listener.begun.wait()
    drawing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await drawing
    assert log.read_text() == ""
    assert host.facts.child_pid is None


async def test_a_refusal_comes_back_as_itself(host: EngineHost, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be drawn"):
        await draw(host, asked("refuses"), tmp_path / "picture.mp4", Listener())


async def test_a_film_is_drawn_lighter_when_memory_runs_out(host: EngineHost, tmp_path: Path) -> None:
    setup = EngineSetup("painted", "", None, "cuda", "float32", 1)
    await draw(host, asked("too big"), tmp_path / "picture.mp4", Listener(), setup=setup)
    assert host.facts.resident == PAINTED
