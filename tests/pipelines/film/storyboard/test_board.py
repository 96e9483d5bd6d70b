from pathlib import Path

import numpy as np
import pytest
import skia
from tests.drawn_films import SCENES, request_for

from surtitle.domain.films import FilmRequest, Scene, Template
from surtitle.pipelines.film.drawing.canvas import Pixels, Sheet
from surtitle.pipelines.film.drawing.fonts import FontShelf
from surtitle.pipelines.film.drawing.stage import Stage
from surtitle.pipelines.film.drawing.text import Typesetter
from surtitle.pipelines.film.storyboard.board import Board
from surtitle.pipelines.film.storyboard.looks import looks_for

SHAPES = [(320, 180), (180, 320), (180, 180)]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    surface = skia.Surface(64, 40)
    surface.getCanvas().clear(0xFF00A0E0)
    path = tmp_path / "picture.png"
    surface.makeImageSnapshot().save(str(path), skia.kPNG)
    return path


def board_for(request: FilmRequest) -> Board:
    setter = Typesetter(FontShelf(), request.language)
    return Board(request, Stage(request.width, request.height), setter, looks_for(request.brand))


def frame_of(request: FilmRequest, board: Board, frame: int) -> Pixels:
    sheet = Sheet(request.width, request.height)
    board.draw(sheet, frame)
    return sheet.pixels


@pytest.mark.parametrize(("width", "height"), SHAPES)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.template.value)
def test_every_template_shows_its_words_in_every_shape(
    scene: Scene, width: int, height: int, picture: Path
) -> None:
    request = request_for(
        (scene,), each_seconds=6.0, width=width, height=height, pictures=(picture,), captions=None
    )
    empty = request_for(
        (Scene(scene.template),),
        each_seconds=6.0,
        width=width,
        height=height,
        pictures=(picture,),
        captions=None,
    )
    shown, bare = (frame_of(one, board_for(one), 50) for one in (request, empty))
    changed = np.abs(shown.astype(int) - bare.astype(int)).max(axis=2) > 60
    assert changed.sum() > width * height * 0.01
    # Words keep to the safe area.
    content = Stage(width, height).content
    rows, columns = np.nonzero(changed)
    if scene.template in {Template.QUOTE, Template.NUMBER, Template.LIST}:
        assert columns.min() >= content.left - 3
        assert columns.max() <= content.right + 3
        assert rows.min() >= content.top - 6
        assert rows.max() <= content.bottom + 6


def test_a_frame_is_the_same_whatever_was_drawn_before(picture: Path) -> None:
    request = request_for(pictures=(picture,), seed=3)
    through = board_for(request)
    played = [frame_of(request, through, n) for n in range(request.frame_count)]
    for number in (0, 21, 39, 63, 85, 104, 119):
        assert np.array_equal(frame_of(request, board_for(request), number), played[number])


def test_everything_moves_into_its_scene(picture: Path) -> None:
    request = request_for(pictures=(picture,))
    board = board_for(request)
    frames = [frame_of(request, board, n).tobytes() for n in range(20, 30)]
    assert len(set(frames)) == len(frames)


def test_a_picture_scene_without_a_picture_says_its_words() -> None:
    request = request_for((Scene(Template.PICTURE, "Four degrees cooler"),))
    pixels = frame_of(request, board_for(request), 15)
    assert (pixels[..., :3].min(axis=2) > 220).sum() > 300


def test_points_come_one_after_another() -> None:
    scene = Scene(Template.LIST, "", ("First alpha", "Second bravo", "Third gamma"))
    request = request_for((scene,), each_seconds=9.0, captions=None)
    board = board_for(request)
    bright = [(frame_of(request, board, n)[..., :3].min(axis=2) > 250).sum() for n in (8, 40, 80)]
    assert bright[0] < bright[1] < bright[2]


def test_a_film_without_scenes_shows_its_title() -> None:
    request = request_for((), duration_seconds=2.0)
    assert (frame_of(request, board_for(request), 15)[..., :3].min(axis=2) > 220).sum() > 300
