from typing import Any

import numpy as np
import pytest
from tests.drawn_films import told

from surtitle.domain.options import CaptionStyle
from surtitle.domain.transcript import Word
from surtitle.pipelines.film.drawing.canvas import Pixels, Sheet
from surtitle.pipelines.film.drawing.caption_pages import CaptionPages
from surtitle.pipelines.film.drawing.captions import CaptionTrack
from surtitle.pipelines.film.drawing.colours import INK, WHITE
from surtitle.pipelines.film.drawing.fonts import FontShelf
from surtitle.pipelines.film.drawing.stage import Stage
from surtitle.pipelines.film.drawing.text import Typesetter

TEXT = (
    "So we lifted the asphalt and planted forty lime trees, and by the second summer the whole street was "
    "four degrees cooler. Nobody wants it back."
)


@pytest.fixture(scope="module")
def setter() -> Typesetter:
    return Typesetter(FontShelf(), "en")


def pages(setter: Typesetter, words: tuple[Word, ...], width: float = 700) -> list[list[str]]:
    track = CaptionPages(words, setter, "en", 40.0, width)
    seen: dict[float, list[str]] = {}
    for word in words:
        page = track.at(word.start_seconds)
        assert page is not None
        assert page.words[page.lit_at(word.start_seconds) or 0].word is word
        assert max(page.line_widths) <= width
        seen[page.start_seconds] = [shown.word.text for shown in page.words]
    return list(seen.values())


def test_every_word_is_shown_once_in_its_time(setter: Typesetter) -> None:
    shown = pages(setter, told(TEXT))
    assert [word for page in shown for word in page] == TEXT.split()
    assert len(shown) >= 3


def test_no_page_of_a_long_sentence_holds_a_lonely_word(setter: Typesetter) -> None:
    for width in range(420, 1000, 40):
        assert min(len(page) for page in pages(setter, told(TEXT), width)) > 1


def test_a_sentence_and_a_pause_begin_a_page(setter: Typesetter) -> None:
    words = (*told("One two."), *told("Three four", 1.0), *told("five six", 9.0))
    assert pages(setter, words) == [["One", "two."], ["Three", "four"], ["five", "six"]]


def test_no_page_goes_over_the_end_of_a_scene(setter: Typesetter) -> None:
    words = told("A proverb Plant one this autumn")
    track = CaptionPages(words, setter, "en", 40.0, 700, breaks=[0.0, words[2].start_seconds])
    first, second = track.at(words[1].start_seconds), track.at(words[2].start_seconds)
    assert first is not None
    assert second is not None
    assert [shown.word.text for shown in first.words] == ["A", "proverb"]
    assert [shown.word.text for shown in second.words] == ["Plant", "one", "this", "autumn"]


def test_a_page_goes_when_nobody_speaks_for_long(setter: Typesetter) -> None:
    track = CaptionPages((*told("One two."), *told("Three.", 20.0)), setter, "en", 40.0, 700)
    assert track.at(1.0) is not None
    assert track.at(10.0) is None


def drawn(setter: Typesetter, ground: int, seconds: float, **style: Any) -> Pixels:
    stage = Stage(640, 360)
    track = CaptionTrack(told(TEXT), CaptionStyle(**style), stage, setter, "en")
    sheet = Sheet(640, 360)
    sheet.canvas.clear(ground)
    track.draw(sheet.canvas, seconds, (WHITE if ground == 0xFFFFFFFF else INK,))
    return sheet.pixels


def test_white_letters_on_a_white_ground_get_a_plate(setter: Typesetter) -> None:
    pixels = drawn(setter, 0xFFFFFFFF, 0.6)
    assert (pixels[..., :3].max(axis=2) < 100).sum() > 5000


def test_the_word_that_is_said_is_lit(setter: Typesetter) -> None:
    lit = np.array([0x4A, 0xD5, 0xFF])  # #FFD54A as BGR
    with_light = drawn(setter, 0xFF160E2E, 0.6, karaoke=True)
    without = drawn(setter, 0xFF160E2E, 0.6, karaoke=False)
    assert (np.abs(with_light[..., :3].astype(int) - lit).max(axis=2) < 6).sum() > 100
    assert (np.abs(without[..., :3].astype(int) - lit).max(axis=2) < 6).sum() == 0


@pytest.mark.parametrize(("position", "rows"), [("top", slice(0, 180)), ("bottom", slice(180, 360))])
def test_captions_stand_where_the_style_says(setter: Typesetter, position: str, rows: slice) -> None:
    pixels = drawn(setter, 0xFF160E2E, 0.6, position=position)
    bright = pixels[..., :3].min(axis=2) > 200
    assert bright.any()
    assert bright[rows].sum() == bright.sum()


def test_what_is_seen_changes_only_with_the_state(setter: Typesetter) -> None:
    track = CaptionTrack(told(TEXT), CaptionStyle(karaoke=True), Stage(640, 360), setter, "en")
    assert track.state(0.65) == track.state(0.75)
    assert track.state(0.65) != track.state(0.81)
    assert track.state(60.0) == ()
