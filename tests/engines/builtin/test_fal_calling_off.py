"""The engine `fal`: what is not wanted any more is called off there."""

from pathlib import Path
from typing import Any

import pytest
from tests.fakes.fal_server import KEY, FalServer
from tests.fakes.film_control import KeptControl, ProcessDied
from tests.fal_films import LTX, REQUEST, FalEngine, has_ticket

from surtitle.engines.builtin.fal_calling_off import call_off
from surtitle.engines.protocols import CalledOff, Endpoint, EngineCancelled
from surtitle.engines.video_errors import FalFailed


def test_a_film_that_is_not_wanted_any_more_is_called_off_at_fal(
    fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    fal.polls_needed = 10_000
    control = KeptControl(cancelled=lambda: bool(fal.requests) and fal.requests["r-1"].polls > 2)
    with pytest.raises(EngineCancelled):
        fal_engine().generate(REQUEST, tmp_path / "film.mp4", control)
    assert fal.cancelled == ["r-1"]
    # It had begun and may be charged: should the film be wanted again, it is not asked for anew.
    assert has_ticket(control.kept[-1])
    assert not list(tmp_path.iterdir())


def test_a_clip_that_fal_had_not_begun_is_forgotten_when_it_is_called_off(
    fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    fal.statuses = ["503"] * 500
    control = KeptControl(cancelled=lambda: fal.calls.count(f"POST /{LTX}") > 0)
    with pytest.raises(EngineCancelled):
        fal_engine().generate(REQUEST, tmp_path / "film.mp4", control)
    assert fal.cancelled == ["r-1"]
    assert control.kept[-1] == {"requests": []}


def begun(fal_engine: FalEngine, output: Path) -> dict[str, Any]:
    """The checkpoint of a film whose process died with its request under way."""
    control = KeptControl(dies_after=has_ticket)
    with pytest.raises(ProcessDied):
        fal_engine().generate(REQUEST, output, control)
    return control.kept[-1]


def test_what_a_dead_process_had_begun_is_called_off_by_what_it_noted(
    fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    checkpoint, endpoint = begun(fal_engine, tmp_path / "film.mp4"), Endpoint(fal.url, KEY, 60.0)
    fal.cancels = ["503"]
    away = call_off(endpoint, checkpoint)
    assert (away.is_complete, away.checkpoint, away.told) == (False, checkpoint, ())
    done = call_off(endpoint, away.checkpoint)
    assert (fal.cancelled, done.checkpoint) == (["r-1"], {"requests": []})
    assert done.told == ("fal had not begun 1 of the film's requests; they are not charged.",)
    assert call_off(endpoint, done.checkpoint) == CalledOff(done.checkpoint)


def test_what_may_be_charged_all_the_same_is_told(
    fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    checkpoint, endpoint = begun(fal_engine, tmp_path / "film.mp4"), Endpoint(fal.url, KEY, 60.0)
    fal.requests["r-1"].polls = 1
    done = call_off(endpoint, checkpoint)
    assert (fal.cancelled, done.checkpoint) == (["r-1"], checkpoint)
    assert done.told == ("fal had begun these requests of the film, and may charge for them: r-1.",)
    lost = {"requests": [{**checkpoint["requests"][0], "ticket": None}]}
    assert "its answer never came" in call_off(endpoint, lost).told[0]


def test_a_film_that_is_wanted_again_after_all_asks_anew_for_what_was_dropped(
    fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    checkpoint = begun(fal_engine, tmp_path / "film.mp4")
    call_off(Endpoint(fal.url, KEY, 60.0), checkpoint)
    # As noted before fal was told, so that nobody can go on from it unknowing.
    control = KeptControl([{**checkpoint, "called_off": True}])
    with pytest.raises(FalFailed, match="asked for anew"):
        fal_engine().generate(REQUEST, tmp_path / "film.mp4", control)
    fal_engine().generate(REQUEST, tmp_path / "film.mp4", control)
    assert (fal.taken, fal.cancelled) == (2, ["r-1"])
