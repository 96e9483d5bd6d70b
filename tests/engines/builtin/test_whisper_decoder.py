"""How one pass becomes segments, with passes made up: what Whisper really does is in `test_whisper.py`."""

from typing import Any

import pytest

from surtitle.domain.recognition import RecognizedSegment, Span
from surtitle.engines.builtin.coverage_guard import REPEATS, UNLIKELY
from surtitle.engines.builtin.whisper_decoder import SpeechTimes, settled
from surtitle.engines.builtin.whisper_passes import Pass
from surtitle.engines.sound import SAMPLE_RATE_HZ

SPEECH = SpeechTimes((Span(0, 30 * SAMPLE_RATE_HZ, sure=True),))


def a_pass(*seconds: float, log_probability: float = -0.3, compression_ratio: float = 1.5) -> Pass:
    """One segment with a word of each of these lengths."""
    words: list[dict[str, Any]] = []
    end = 1.0
    for number, length in enumerate(seconds):
        words.append({"word": f" w{number}", "start": end, "end": end + length, "probability": 0.9})
        end += length
    return Pass([{"words": words}], log_probability, compression_ratio)


def segment_of(found: Pass) -> RecognizedSegment:
    (segment,) = settled(found, SPEECH, offset=0.0, after=0.0, latest=30.0, language="en")
    return segment


def test_words_of_usual_length_are_not_doubted() -> None:
    assert segment_of(a_pass(0.3, 0.1, 0.05, 0.06, 0.04, 0.05)).doubtful is None


def test_words_that_share_one_moment_repeat_themselves() -> None:
    found = a_pass(0.3, 0.2, 0, 0.02, 0, 0, 0.02, 0.2)
    assert segment_of(found).doubtful == REPEATS


def test_a_few_short_words_between_longer_ones_are_none_of_that() -> None:
    assert segment_of(a_pass(0.3, 0, 0, 0, 0.02, 0.3, 0, 0, 0.2)).doubtful is None


@pytest.mark.parametrize(
    ("found", "doubt"),
    [(a_pass(0.3, 0.3, compression_ratio=2.5), REPEATS), (a_pass(0.3, 0.3, log_probability=-1.1), UNLIKELY)],
)
def test_what_the_model_itself_tells_is_doubted(found: Pass, doubt: str) -> None:
    assert segment_of(found).doubtful == doubt
