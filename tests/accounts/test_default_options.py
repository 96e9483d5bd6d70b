"""What a job takes from a profile and a project, and what it does not."""

import pytest

from surtitle.accounts.default_options import checked_default_options, filled_in
from surtitle.domain.recipes import RECIPES
from surtitle.errors import Invalid

SUBTITLES = RECIPES["subtitles"]


def test_the_request_goes_before_the_profile_and_the_profile_before_the_project() -> None:
    profile = {"subtitles": {"language": "fr", "subtitles": {"max_lines": 1}}}
    project = {
        "subtitles": {"language": "de", "beam_size": 2, "subtitles": {"max_lines": 3, "min_gap_seconds": 0.5}}
    }
    wanted = {"subtitles": {"max_chars_per_line": 30}, "vad": False}

    assert filled_in(SUBTITLES, wanted, profile, project) == {
        "vad": False,
        "language": "fr",
        "beam_size": 2,
        "subtitles": {"max_chars_per_line": 30, "max_lines": 1, "min_gap_seconds": 0.5},
    }
    assert wanted == {"subtitles": {"max_chars_per_line": 30}, "vad": False}


def test_what_is_named_stays_even_null() -> None:
    assert filled_in(SUBTITLES, {"language": None}, {"subtitles": {"language": "fr"}}) == {"language": None}


def test_another_recipes_defaults_are_left_alone() -> None:
    assert filled_in(SUBTITLES, {}, {"transcript": {"language": "fr"}}) == {}


def test_a_default_that_contradicts_the_request_gives_way_and_the_others_stay() -> None:
    defaults = {"subtitles": {"language": "fr", "beam_size": 2}}
    assert filled_in(SUBTITLES, {"multilingual": True}, defaults) == {"multilingual": True, "beam_size": 2}


def test_a_default_that_this_version_does_not_know_gives_way() -> None:
    assert filled_in(SUBTITLES, {}, {"subtitles": {"gone": 1, "vad": False}}) == {"vad": False}


def test_a_request_with_a_fault_is_left_as_it_is_so_that_the_fault_is_told() -> None:
    wanted = {"subtitles": 7}
    assert filled_in(SUBTITLES, wanted, {"subtitles": {"subtitles": {"max_lines": 1}}}) == wanted


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"opera": {}}, "recipe"),
        ({"transcript": []}, "default_options.transcript"),
        ({"transcript": {"beam_size": 0}}, "options.beam_size"),
        ({"transcript": {"role": "admin"}}, "options.role"),
    ],
)
def test_default_options_are_checked_before_they_are_kept(wanted: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_default_options(wanted)
    assert refused.value.fields["field"] == field
