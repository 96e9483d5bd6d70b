from dataclasses import dataclass

import pytest

from surtitle.domain.coverage import measure_coverage, merged, seconds_within
from surtitle.domain.transcript import Stretch


@dataclass(frozen=True)
class Spoken:
    start_seconds: float
    end_seconds: float


def unheard(speech: list[tuple[float, float]], *words: tuple[float, float]) -> list[tuple[float, float]]:
    found = measure_coverage([Stretch(*one) for one in speech], [Spoken(*one) for one in words]).unheard
    return [(round(gap.start_seconds, 2), round(gap.end_seconds, 2)) for gap in found]


def test_speech_under_words_is_covered() -> None:
    coverage = measure_coverage([Stretch(1, 2), Stretch(3, 4)], [Spoken(1.1, 1.9), Spoken(3, 4)])
    assert (coverage.speech_seconds, coverage.covered_seconds, coverage.unheard) == (2, 2, ())


@pytest.mark.parametrize(
    ("speech", "words", "gaps"),
    [
        ([(0, 10)], [], [(0, 10)]),
        ([(0, 8)], [(0, 1), (1, 2), (6, 7), (7, 8)], [(2.3, 5.7)]),
        ([(0, 1.5), (5, 9)], [(0, 1.5)], [(5, 9)]),
        ([(0, 4)], [(3.6, 4)], [(0, 3.3)]),
        ([(0, 4)], [(0, 2.8)], [(0.5, 2.3), (3.1, 4)]),
    ],
    ids=["no word", "a gap in the middle", "an utterance", "the beginning", "a stretched word and an end"],
)
def test_speech_without_words_is_unheard(
    speech: list[tuple[float, float]], words: list[tuple[float, float]], gaps: list[tuple[float, float]]
) -> None:
    assert unheard(speech, *words) == gaps


def test_a_breath_is_not_missed() -> None:
    assert unheard([(0, 1.3), (2, 2.6)], (0, 0.6)) == []


def test_words_outside_of_speech_cover_nothing() -> None:
    assert unheard([(0, 2), (8, 10)], (3, 4), (5, 6)) == [(0, 2), (8, 10)]


def test_how_much_speech_lies_in_parts_of_a_recording() -> None:
    assert seconds_within([Stretch(0, 4), Stretch(6, 8)], [Stretch(3, 7)]) == 2


def test_overlapping_parts_are_merged() -> None:
    assert merged([Stretch(5, 6), Stretch(0, 2), Stretch(1, 3)]) == (Stretch(0, 3), Stretch(5, 6))
