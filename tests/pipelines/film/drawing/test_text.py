import numpy as np
import pytest

from surtitle.pipelines.film.drawing.canvas import Sheet
from surtitle.pipelines.film.drawing.colours import WHITE
from surtitle.pipelines.film.drawing.fonts import Face, FontShelf
from surtitle.pipelines.film.drawing.text import Block, Setting, Typesetter

SETTING = Setting(Face.DISPLAY, largest=120, smallest=40, most_lines=3)


@pytest.fixture(scope="module")
def setter() -> Typesetter:
    return Typesetter(FontShelf(), "en")


def fits(block: Block, width: float) -> bool:
    return all(word.x >= -1 and word.x + word.width <= width + 1 for word in block.words)


@pytest.mark.parametrize("width", [300, 600, 1200])
@pytest.mark.parametrize(
    "text", ["The garden street", "Why do the cities of the south plant trees along their streets again?"]
)
def test_text_keeps_to_its_room_and_its_words_apart(setter: Typesetter, text: str, width: float) -> None:
    block = setter.set(text, SETTING, width)
    assert [word.text for word in block.words] == text.split()
    assert fits(block, width)
    for word, following in zip(block.words, block.words[1:], strict=False):
        if word.line == following.line:
            assert following.x > word.x + word.width


def test_more_text_is_set_smaller(setter: Typesetter) -> None:
    short, long = (setter.set(text, SETTING, 900) for text in ("Trees", "Trees " * 12))
    assert short.size == 120
    assert long.size < short.size


def test_a_word_too_wide_at_the_smallest_size_is_cut_and_loses_no_letter(setter: Typesetter) -> None:
    word = "Donaudampfschifffahrtsgesellschaftskapitän"
    block = setter.set(word, SETTING, 300)
    assert "".join(piece.text for piece in block.words) == word
    assert fits(block, 300)


def test_right_to_left_lines_end_at_the_right(setter: Typesetter) -> None:
    block = setter.set("אחת שתיים שלוש ארבע חמש שש שבע", SETTING, 420)
    assert block.line_count > 1
    for line in range(block.line_count):
        row = [word for word in block.words if word.line == line]
        assert row[0].x + row[0].width == pytest.approx(block.width, abs=0.5)


def test_letters_are_kerned(setter: Typesetter) -> None:
    apart = sum(setter.width(letter, Face.STRONG, 100) for letter in "AV")
    assert setter.width("AV", Face.STRONG, 100) < apart


def test_a_text_that_a_face_lacks_is_set_in_one_other_face(setter: Typesetter) -> None:
    assert setter.shelf.families(Face.DISPLAY, "Улица садов")[0] == Face.STRONG
    assert setter.shelf.families(Face.DISPLAY, "Garden street")[0] == Face.DISPLAY


def test_a_font_that_is_not_installed_is_said() -> None:
    shelf = FontShelf("No Such Family", None)
    assert "'No Such Family' is not installed" in shelf.warnings[0]
    assert shelf.families(Face.DISPLAY, "Trees")[0] == Face.DISPLAY


def test_letters_become_smaller_before_a_short_word_stands_alone(setter: Typesetter) -> None:
    for width in range(420, 580, 20):
        block = setter.set("The garden street in July", SETTING, width)
        lengths = [sum(word.line == line for word in block.words) for line in range(block.line_count)]
        assert min(lengths) > 1


def test_the_full_stop_of_a_word_that_runs_to_the_left_stands_on_its_left(setter: Typesetter) -> None:
    sheet = Sheet(300, 80)
    setter.shaped("םםם.", Face.CAPTION, 40, WHITE).draw(sheet.canvas, 20, 50)
    inked = np.flatnonzero(sheet.pixels[:, :, 0].max(axis=0) > 128)
    heights = (sheet.pixels[:, :, 0] > 128).sum(axis=0)
    # A full stop is low; the letter that it ends is tall.
    assert heights[inked[:4]].max() < heights[inked[-4:]].max() / 2
