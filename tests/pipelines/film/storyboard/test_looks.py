import pytest

from surtitle.domain.films import Brand
from surtitle.pipelines.film.drawing.colours import TEXT_CONTRAST, contrast, parse
from surtitle.pipelines.film.storyboard.looks import looks_for

BRANDS = [
    Brand(),
    Brand(background="#0B5D3B", accent="#FF5A5F"),
    Brand(background="#FFFFFF", accent="#FFE066"),
    Brand(background="#808080", text="#8A8A8A", accent="#808080"),
    Brand(accent="#000000"),
    Brand(text="#160E2E"),
]


@pytest.mark.parametrize("brand", BRANDS)
def test_text_can_be_read_in_every_look(brand: Brand) -> None:
    looks = looks_for(brand)
    for look in (looks.deep, looks.bright, looks.loud):
        assert contrast(look.text, look.ground) >= min(TEXT_CONTRAST, 4.2)
        assert contrast(look.muted, look.ground) >= 4.2
        assert contrast(look.on_accent, look.accent) >= 4.2


def test_a_colour_that_cannot_be_read_is_changed_and_said() -> None:
    looks = looks_for(Brand(background="#0B5D3B", text="#0A4A30"))
    assert looks.deep.text != parse("#0A4A30")
    assert "#0A4A30 cannot be read" in looks.warnings[0]


def test_colours_that_can_be_seen_are_taken_as_they_are() -> None:
    looks = looks_for(Brand(background="#102030", text="#FAFAFA", accent="#FF8800"))
    assert (looks.deep.ground, looks.deep.text, looks.deep.accent) == tuple(
        map(parse, ("#102030", "#FAFAFA", "#FF8800"))
    )
    assert looks.warnings == ()
