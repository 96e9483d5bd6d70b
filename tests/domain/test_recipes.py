import pytest

from surtitle.domain.languages import LANGUAGES, container_tag, language_code
from surtitle.domain.options import CaptionedVideoJobOptions
from surtitle.domain.recipes import RECIPES, parse_options, recipe_named
from surtitle.errors import Invalid


def test_an_unknown_recipe_names_those_that_exist() -> None:
    with pytest.raises(Invalid, match="transcript, subtitles, captioned-video"):
        recipe_named("karaoke")


def test_an_unknown_option_is_refused_by_name() -> None:
    with pytest.raises(Invalid, match="'lanugage'"):
        parse_options(RECIPES["transcript"], {"lanugage": "en"})


def test_a_fault_in_a_group_is_told_with_its_path() -> None:
    with pytest.raises(Invalid, match=r"'video\.style\.colour'"):
        parse_options(RECIPES["captioned-video"], {"video": {"style": {"colour": "red"}}})


@pytest.mark.parametrize(
    ("given", "code"),
    [("fr", "fr"), ("fr-CA", "fr"), ("French", "fr"), ("FRA", "fr"), ("jv", "jw"), ("zh_TW", "zh")],
)
def test_a_language_is_known_by_code_and_by_name(given: str, code: str) -> None:
    options = parse_options(RECIPES["captioned-video"], {"language": given})
    assert isinstance(options, CaptionedVideoJobOptions)
    assert options.language == code


def test_an_unknown_language_is_refused_with_advice() -> None:
    with pytest.raises(Invalid, match="'klingon' is not a language that recognition knows"):
        parse_options(RECIPES["transcript"], {"language": "klingon"})


def test_every_language_has_a_container_tag_of_three_letters() -> None:
    assert len(LANGUAGES) == 100
    assert all(len(container_tag(code)) == 3 for code in LANGUAGES)
    assert container_tag(None) == container_tag("xx") == "und"
    assert language_code("es") == "es"
