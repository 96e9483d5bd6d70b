from dataclasses import replace
from pathlib import Path

import pytest
from tests.drawn_films import SCENES, request_for
from tests.fakes.film_control import KeptControl
from tests.films import film_facts

from surtitle.domain.films import Brand
from surtitle.engines.film_rules import rules_of
from surtitle.engines.protocols import EngineCancelled, EngineSetup
from surtitle.engines.registry import Capability, EngineRegistry
from surtitle.pipelines.film.drawing.errors import UnreadablePicture
from surtitle.pipelines.film.storyboard.engine import StoryboardEngine

SETUP = EngineSetup(
    engine="storyboard", model="skia", model_directory=None, device="cpu", compute_type="float32", threads=2
)
REQUEST = request_for(SCENES[:3])


def test_the_same_request_gives_the_same_frames(tmp_path: Path) -> None:
    control = KeptControl()
    for name in ("a.mp4", "b.mp4"):
        assert StoryboardEngine(SETUP).generate(REQUEST, tmp_path / name, control) == ()
    first = film_facts(tmp_path / "a.mp4")
    assert (first.size, first.rate, first.frames) == ((320, 180), 10.0, 60)
    assert first.hashes == film_facts(tmp_path / "b.mp4").hashes
    assert control.told[-1] == 1.0


def test_another_seed_gives_another_film(tmp_path: Path) -> None:
    for seed in (0, 1):
        request = replace(REQUEST, seed=seed)
        StoryboardEngine(SETUP).generate(request, tmp_path / f"{seed}.mp4", KeptControl())
    assert film_facts(tmp_path / "0.mp4").hashes != film_facts(tmp_path / "1.mp4").hashes


def test_a_cancelled_film_leaves_nothing(tmp_path: Path) -> None:
    asked: list[bool] = []

    def cancelled() -> bool:
        asked.append(True)
        return len(asked) > 3

    with pytest.raises(EngineCancelled):
        StoryboardEngine(SETUP).generate(REQUEST, tmp_path / "film.mp4", KeptControl(cancelled=cancelled))
    assert list(tmp_path.iterdir()) == []


def test_a_logo_that_is_no_picture_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text("<svg/>")
    with pytest.raises(UnreadablePicture, match=r"logo\.svg"):
        StoryboardEngine(SETUP).generate(
            replace(REQUEST, brand=Brand(logo=logo)), tmp_path / "film.mp4", KeptControl()
        )
    assert [path.name for path in tmp_path.iterdir()] == ["logo.svg"]


def test_what_was_changed_is_said(tmp_path: Path) -> None:
    brand = Brand(background="#0B5D3B", text="#0A4A30", font="No Such Family")
    said = StoryboardEngine(SETUP).generate(
        replace(REQUEST, brand=brand, duration_seconds=0.5), tmp_path / "film.mp4", KeptControl()
    )
    assert [sentence.split(" ")[0:2] for sentence in said] == [["The", "font"], ["Text", "in"]]


@pytest.mark.parametrize("name", ["storyboard", "audiogram"])
def test_the_engine_is_announced_with_its_rules(name: str) -> None:
    spec = EngineRegistry().named(name, Capability.VIDEO_ENGINE)
    rules = rules_of(spec)
    assert rules.draws_captions
    assert rules.from_prompt == (name == "storyboard")
    assert rules.from_sound == (name == "audiogram")
