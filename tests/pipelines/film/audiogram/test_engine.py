from pathlib import Path

import numpy as np
import pytest
from tests.drawn_films import request_for, told, write_sound
from tests.fakes.film_control import KeptControl
from tests.films import film_facts

from surtitle.domain.films import FilmRequest
from surtitle.engines.protocols import EngineSetup
from surtitle.pipelines.film.audiogram.engine import AudiogramEngine
from surtitle.pipelines.film.audiogram.levels import SoundLevels
from surtitle.pipelines.film.audiogram.panel import Panel, clock
from surtitle.pipelines.film.audiogram.plan import plan_for
from surtitle.pipelines.film.drawing.canvas import Pixels, Sheet
from surtitle.pipelines.film.drawing.fonts import FontShelf
from surtitle.pipelines.film.drawing.stage import Box, Stage
from surtitle.pipelines.film.drawing.text import Typesetter
from surtitle.pipelines.film.storyboard.looks import looks_for

SETUP = EngineSetup(
    engine="audiogram", model="skia", model_directory=None, device="cpu", compute_type="float32", threads=2
)
SHAPES = [(320, 180), (180, 320), (180, 180)]


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    quiet, loud = np.zeros(16_000), np.sin(np.arange(16_000) * 0.2) * 0.8
    return write_sound(tmp_path / "voice.wav", np.concatenate([quiet, loud]))


def request_with(sound: Path, width: int = 320, height: int = 180) -> FilmRequest:
    return request_for(
        (),
        duration_seconds=2.0,
        width=width,
        height=height,
        words=told("one two three four"),
        speakers=("Amina", "Amina", "Jo", "Jo"),
        sound=sound,
    )


def frames_of(request: FilmRequest, numbers: range) -> list[Pixels]:
    stage = Stage(request.width, request.height)
    setter = Typesetter(FontShelf(), "en")
    frames = []
    with SoundLevels(request.sound, plan_for(stage).bars, request.frames_per_second) as levels:
        panel = Panel(request, stage, setter, looks_for(request.brand).deep, levels)
        for number in numbers:
            sheet = Sheet(request.width, request.height)
            panel.draw(sheet, number)
            frames.append(sheet.pixels.copy())
    return frames


def inside(pixels: Pixels, box: Box) -> Pixels:
    return pixels[int(box.top) : int(box.bottom) + 1, int(box.left) : int(box.right) + 1]


@pytest.mark.parametrize(("width", "height"), SHAPES)
def test_the_parts_do_not_meet(width: int, height: int) -> None:
    plan = plan_for(Stage(width, height))
    assert plan.cover.bottom < plan.bars_room.top
    assert plan.title.bottom <= plan.bars_room.top
    assert plan.bars_room.bottom < plan.captions.top
    assert plan.captions.bottom < plan.line.top
    assert plan.times < height
    meet = plan.title.left < plan.cover.right and plan.title.top < plan.cover.bottom
    assert not meet


@pytest.mark.parametrize(("width", "height"), SHAPES)
def test_bars_follow_the_sound_and_the_line_the_time(sound: Path, width: int, height: int) -> None:
    request = request_with(sound, width, height)
    plan = plan_for(Stage(width, height))
    frames = frames_of(request, range(20))
    yellow = [(inside(pixels, plan.bars_room)[..., 2] > 180).sum() for pixels in (frames[5], frames[18])]
    assert yellow[1] > 1.5 * yellow[0]
    done = [(inside(pixels, plan.line)[..., 2] > 180).sum() for pixels in (frames[5], frames[18])]
    assert done[1] > done[0]


def test_a_frame_drawn_on_from_the_last_is_that_drawn_alone(sound: Path) -> None:
    request = request_with(sound)
    played = frames_of(request, range(18))[-1]
    assert np.array_equal(played, frames_of(request, range(17, 18))[0])


def test_the_speaker_is_named(sound: Path) -> None:
    plan = plan_for(Stage(320, 180))
    first, last = frames_of(request_with(sound), range(0, 18, 17))
    assert not np.array_equal(inside(first, plan.title), inside(last, plan.title))


def test_an_audiogram_is_a_film_and_the_same_one_twice(tmp_path: Path, sound: Path) -> None:
    request = request_with(sound)
    for name in ("a.mp4", "b.mp4"):
        assert AudiogramEngine(SETUP).generate(request, tmp_path / name, KeptControl()) == ()
    facts = film_facts(tmp_path / "a.mp4")
    assert (facts.size, facts.rate, facts.frames) == ((320, 180), 10.0, 20)
    assert facts.hashes == film_facts(tmp_path / "b.mp4").hashes


def test_times_are_read_as_on_a_player() -> None:
    assert (clock(5), clock(725), clock(3725)) == ("0:05", "12:05", "1:02:05")
