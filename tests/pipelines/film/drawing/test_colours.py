import pytest

from surtitle.pipelines.film.drawing.colours import (
    INK,
    WHITE,
    Colour,
    argb,
    contrast,
    opacity,
    parse,
    readable_on,
    told_apart,
)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast(Colour(0, 0, 0), WHITE) == pytest.approx(21.0)
    assert contrast(parse("#777777"), WHITE) == pytest.approx(4.48, abs=0.01)


def test_text_on_any_ground_can_be_read() -> None:
    greys = [Colour(value, value, value) for value in range(0, 256, 5)]
    assert all(contrast(readable_on(grey), grey) >= 4.2 for grey in greys)
    assert readable_on(Colour(255, 202, 58)) == INK


@pytest.mark.parametrize("ground", [INK, WHITE, Colour(11, 93, 59), Colour(128, 128, 128)])
def test_a_colour_is_changed_until_it_is_told_from_its_ground(ground: Colour) -> None:
    assert contrast(told_apart(ground, ground, 3.0), ground) >= 3.0


def test_a_colour_that_stands_out_stays() -> None:
    assert told_apart(WHITE, INK, 4.5) == WHITE


def test_opacity_is_read_from_the_fourth_pair() -> None:
    assert opacity("#00000080") == pytest.approx(0.5, abs=0.01)
    assert opacity("#000000") == 1.0
    assert argb(Colour(1, 2, 3), 0.5) == 0x80010203
