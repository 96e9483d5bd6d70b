import pytest

from surtitle.pipelines.film.drawing.bidi import is_right_to_left, visual_order


@pytest.mark.parametrize(
    ("words", "right_to_left", "seen"),
    [
        (["one", "two", "three"], False, ["one", "two", "three"]),
        (["אחת", "שתיים", "שלוש"], True, ["שלוש", "שתיים", "אחת"]),
        (["אחת", "New", "York", "שלוש"], True, ["שלוש", "New", "York", "אחת"]),
        (["see", "אחת", "שתיים", "there"], False, ["see", "שתיים", "אחת", "there"]),
        (["אחת", "40", "שלוש"], True, ["שלוש", "40", "אחת"]),
        (["from", "Lyon", "2024"], False, ["from", "Lyon", "2024"]),
    ],
)
def test_words_stand_as_they_are_read(words: list[str], right_to_left: bool, seen: list[str]) -> None:
    assert [words[n] for n in visual_order(words, right_to_left=right_to_left)] == seen


def test_the_first_letter_with_a_direction_settles_it() -> None:
    assert is_right_to_left("40 אחת two")
    assert not is_right_to_left("40 two אחת")
    assert not is_right_to_left("40 %")
