from dataclasses import replace
from typing import cast

import pytest
from tests.drawn_films import request_for, told

from surtitle.domain.films import Scene, Template
from surtitle.pipelines.film.drawing.errors import NoFontForText
from surtitle.pipelines.film.drawing.fonts import FontShelf
from surtitle.pipelines.film.drawing.wording import drawable


class LatinShelf:
    """Has Latin letters and nothing else."""

    def missing(self, text: str) -> set[str]:
        return {character for character in text if ord(character) > 0x24F}


SHELF = cast("FontShelf", LatinShelf())


def test_emoji_are_left_out_and_said() -> None:
    scenes = (Scene(Template.LIST, "Trees 🌳 grow", ("🌳", "Water them 👩‍🚒")),)
    request, said = drawable(request_for(scenes, words=told("Trees 🌳 grow")), SHELF)
    assert request.shots[0].scene.heading == "Trees grow"
    assert request.shots[0].scene.lines == ("Water them",)
    assert [word.text for word in request.words] == ["Trees", "", "grow"]
    assert "U+1F333" in said[0]


def test_a_script_that_no_font_has_is_refused_by_name() -> None:
    request = replace(request_for(), title="庭の通り")
    with pytest.raises(NoFontForText, match=r"U\+5EAD.*fonts-noto-cjk"):
        drawable(request, SHELF)


def test_a_foreign_word_among_others_is_left_out() -> None:
    request, said = drawable(replace(request_for(), title="The street called 庭"), SHELF)
    assert request.title == "The street called"
    assert "U+5EAD" in said[0]


def test_what_can_be_drawn_stays_as_it_is() -> None:
    request = request_for()
    assert drawable(request, SHELF) == (request, ())
