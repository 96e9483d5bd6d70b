import pytest

from surtitle.domain.transcript import Word
from surtitle.pipelines.subtitles.phrasing import AFTER_SENTENCE, ANYWHERE, break_cost
from surtitle.pipelines.subtitles.tokens import Token


def cost(language: str, before: str, after: str) -> float:
    first, second = (
        Token([Word(f"w{n}", text, n * 0.4, n * 0.4 + 0.4)], language, None, opens_segment=False)
        for n, text in enumerate((before, after), 1)
    )
    return break_cost(first, second)


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("en", "No.", "1"),
        ("en", "Sen.", "Warren"),
        ("en", "Jan.", "6"),
        ("es", "EE.", "UU."),
        ("de", "8.", "Mai"),
        ("de", "z.B.", "Hunde"),
    ],
)
def test_nothing_draws_a_cue_to_the_stop_of_an_abbreviation(language: str, before: str, after: str) -> None:
    assert cost(language, before, after) >= ANYWHERE


@pytest.mark.parametrize(("before", "after"), [("8.", "Then"), ("No.", "I"), ("Jan.", "We")])
def test_the_end_of_a_sentence_is_the_best_place_for_one(before: str, after: str) -> None:
    assert cost("en", before, after) == AFTER_SENTENCE
