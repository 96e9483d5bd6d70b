"""Where films run: by what they ask of a worker."""

from collections.abc import Callable

import pytest

from surtitle.bootstrap.slot import Abilities
from surtitle.config import FilmSettings, JobSettings, Settings
from surtitle.domain.options import FilmJobOptions
from surtitle.engines.models import ModelStore, probe_hardware
from surtitle.engines.registry import EngineRegistry
from surtitle.jobs.placement import Place
from surtitle.pipelines.placement import JobPlacement
from surtitle.pipelines.transcription.selection import EngineSelector


def place(engine: str, *, listens: bool = False) -> Place:
    settings, registry = Settings(_env_file=None), EngineRegistry()
    selector = EngineSelector(settings.engines, registry, ModelStore(settings), probe_hardware(0))
    placement = JobPlacement(selector, JobSettings(), registry, FilmSettings(queue="gpu"))
    return placement(FilmJobOptions(prompt="The sea.", engine=engine), listens)


@pytest.mark.parametrize(
    ("engine", "listens", "queue", "needs"),
    [
        ("storyboard", False, "cpu", "storyboard"),
        ("diffusers", False, "gpu", "diffusers"),
        ("audiogram", True, "cpu", "whisper"),
        ("storyboard", True, "cpu", "whisper"),
        ("diffusers", True, "gpu", "diffusers"),
    ],
)
def test_a_film_waits_for_a_worker_that_can_draw_it_or_hear_its_recording(
    engine: str, listens: bool, queue: str, needs: str
) -> None:
    found = place(engine, listens=listens)
    assert (found.queue, found.needs.engine) == (queue, needs)


def test_a_worker_without_a_free_card_draws_only_what_needs_none(
    install_engines: Callable[[dict[str, str]], None],
) -> None:
    install_engines({"painted": "film_engines:PAINTED"})
    registry = EngineRegistry()
    able = Abilities.of(("cpu",), registry, probe_hardware(0), has_gpus=True)
    assert {"storyboard", "painted", "diffusers"} <= able.engines
    assert able.engines_without_gpu >= {"storyboard", "painted"}
    assert "diffusers" not in able.engines_without_gpu
