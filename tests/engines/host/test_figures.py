"""What the host counts of its children, and what they tell of the clouds that they ask."""

import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from tests.fakes.fal_server import KEY, FalServer, fal_server
from tests.films import moving_picture

from surtitle.config import EngineSettings
from surtitle.domain.cloud import CloudUnit
from surtitle.domain.films import FilmRequest
from surtitle.engines.errors import EngineDied
from surtitle.engines.host import EngineHost
from surtitle.engines.protocols import Endpoint, EngineSetup
from surtitle.observability.metrics import CloudMetrics, EngineMetrics

from .conftest import FAKE_ENGINES, acting, hear

PRICES = {"fal/fal-ai/veo3": {CloudUnit.CLIPS: 0.5}}


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
async def counted(
    install_engines: Callable[[dict[str, str]], None], registry: CollectorRegistry
) -> AsyncIterator[EngineHost]:
    install_engines({**FAKE_ENGINES, "fal": "surtitle.engines.builtin:FAL"})
    metrics = EngineMetrics(registry, CloudMetrics(registry, PRICES))
    host = EngineHost(EngineSettings(recycle_after_jobs=3), None, metrics)
    yield host
    await host.close()


def held(registry: CollectorRegistry, model: str, name: str = "resident") -> float | None:
    labels = {"engine": "scripted", "model": model, "device": "cpu", "compute_type": "float32"}
    return registry.get_sample_value(f"surtitle_model_{name}", labels)


async def test_a_model_is_told_while_a_child_holds_it(
    counted: EngineHost, registry: CollectorRegistry, sound: Path
) -> None:
    loads = {"engine": "scripted", "model": "well"}
    for _ in range(2):
        await hear(counted, acting("well"), sound)
    assert held(registry, "well") == 1
    assert (held(registry, "well", "resident_bytes") or 0) > 2**20
    assert registry.get_sample_value("surtitle_model_load_seconds_count", loads) == 1, "loaded once"
    await hear(counted, acting("well"), sound)
    recycled = registry.get_sample_value("surtitle_engine_child_recycled_total", {"reason": "jobs"})
    assert recycled == 1
    assert held(registry, "well") is None


async def test_a_child_that_dies_is_counted(
    counted: EngineHost, registry: CollectorRegistry, sound: Path
) -> None:
    await hear(counted, acting("well"), sound)
    assert counted.facts.child_pid is not None
    os.kill(counted.facts.child_pid, signal.SIGKILL)
    with pytest.raises(EngineDied):
        await hear(counted, acting("crash"), sound)
    deaths = registry.get_sample_value("surtitle_engine_child_deaths_total")
    assert deaths == counted.facts.deaths >= 1
    assert held(registry, "well") is None


async def test_each_step_down_is_counted(
    counted: EngineHost, registry: CollectorRegistry, sound: Path
) -> None:
    steps: list[str] = []
    heavy = acting("too-big-to-load", batch_size=4)
    await hear(counted, heavy, sound, on_step_down=lambda _setup, sentence: steps.append(sentence))
    assert steps
    told = registry.get_sample_value("surtitle_engine_out_of_memory_total", {"engine": "scripted"})
    assert told == len(steps)


@pytest.fixture
def fal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FalServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with fal_server(moving_picture(tmp_path / "source.mp4")) as server:
        server.polls_needed = 1
        yield server


async def test_what_a_child_asks_of_a_cloud_is_counted_here_once(
    counted: EngineHost, registry: CollectorRegistry, fal: FalServer, tmp_path: Path
) -> None:
    kept: list[dict[str, Any]] = []

    async def keep(checkpoint: Mapping[str, Any]) -> None:
        kept.append(dict(checkpoint))

    async def heard(_fraction: float, _rate: float | None) -> None:
        return None

    setup = EngineSetup(
        "fal", "fal-ai/veo3", None, "cpu", "float32", 1, endpoint=Endpoint(fal.url, KEY, 600.0)
    )
    for checkpoint in (None, "kept"):
        # The second time nothing is asked for any more, and nothing is paid.
        await counted.draw_film(
            setup, FilmRequest("a cat", 64, 48, 10, 1.0), tmp_path / "film.mp4",
            on_progress=heard, save_checkpoint=keep, checkpoint=kept[-1] if checkpoint else None,
        )  # fmt: skip
    labels = {"service": "fal", "model": "fal-ai/veo3"}
    requests = registry.get_sample_value("surtitle_cloud_requests_total", labels | {"outcome": "answered"})
    clips = registry.get_sample_value("surtitle_cloud_units_total", labels | {"unit": "clips"})
    assert (requests, clips, fal.taken) == (1, 1, 1)
    assert registry.get_sample_value("surtitle_cloud_cost_total", labels) == 0.5
