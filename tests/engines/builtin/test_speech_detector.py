"""What is known of a sound so far, and what the rest of it may still change."""

from itertools import pairwise

import numpy as np
import pytest

from surtitle.domain.recognition import Span
from surtitle.engines.builtin.speech_detector import (
    FRAME_SAMPLES,
    NEAR_SAMPLES,
    SpeechDetector,
    SpeechRules,
    is_decided,
    speech_spans,
)
from surtitle.engines.sound import Samples

from .conftest import SENTENCES, Narrate

_NEAR_FRAMES = NEAR_SAMPLES // FRAME_SAMPLES
_SURE, _FAINT = 0.9, 0.3


def _probabilities(frames: int, *runs: tuple[int, int, float]) -> Samples:
    """`runs`: first frame, how many, how probable."""
    values = np.zeros(frames, dtype=np.float32)
    for first, count, value in runs:
        values[first : first + count] = value
    return values


@pytest.mark.parametrize(
    ("runs", "decided"),
    [
        ([], True),
        ([(100, 20, _SURE)], True),
        ([(100, 20, _SURE), (200, 20, _FAINT)], True),
        # A faint voice alone: whoever speaks up later vouches for it.
        ([(300, 20, _FAINT)], False),
        # Too short to be speech, whatever comes.
        ([(100, 5, _FAINT)], True),
        # It goes on, or ended too lately to tell.
        ([(880, 20, _SURE)], True),
        ([(880, 8, _SURE), (899, 1, _FAINT)], True),
        ([(850, 20, _SURE), (889, 11, _FAINT)], True),
        ([(850, 20, _SURE), (886, 14, _FAINT)], False),
    ],
)
def test_what_the_rest_of_a_sound_can_change(runs: list[tuple[int, int, float]], decided: bool) -> None:
    assert is_decided(_probabilities(900, *runs), 888) is decided


def test_nobody_vouches_for_a_voice_from_too_far_away() -> None:
    assert not is_decided(_probabilities(70 + _NEAR_FRAMES, (50, 20, _FAINT)), 90)
    assert is_decided(_probabilities(71 + _NEAR_FRAMES, (50, 20, _FAINT)), 90)
    # It lies behind what is asked about.
    assert is_decided(_probabilities(70 + _NEAR_FRAMES, (50, 20, _FAINT)), 40)


def test_what_is_decided_stays_whatever_follows() -> None:
    random = np.random.default_rng(7)
    decided = 0
    for _ in range(400):
        rules = SpeechRules(pause_frames=int(random.integers(1, 40)))
        frames, known = int(random.integers(50, 200)), int(random.integers(200, 1200))
        # Runs of one likelihood each, some of them long, with more silence than speech.
        lengths = random.integers(1, 60, 60)
        levels = random.choice([0.0, 0.0, 0.0, _FAINT, _SURE], 60, p=[0.3, 0.3, 0.25, 0.1, 0.05])
        values = np.repeat(levels, lengths).astype(np.float32)
        if not is_decided(values[:known], frames, rules):
            continue
        decided += 1
        assert _within(values[:known], frames, rules) == _within(values, frames, rules)
    assert 100 < decided < 390


def _within(probabilities: Samples, frames: int, rules: SpeechRules) -> list[tuple[int, int, bool]]:
    spans = speech_spans(probabilities, 0, rules)
    end = frames * FRAME_SAMPLES
    return [(span.start, min(span.end, end), span.sure) for span in spans if span.start < end]


def test_a_sound_in_pieces_is_heard_as_one(narrate: Narrate) -> None:
    samples = narrate(*SENTENCES[:3])
    detector = SpeechDetector()
    whole = detector.listening().hear(samples)
    listening = detector.listening()
    edges = [0, 100 * FRAME_SAMPLES, 101 * FRAME_SAMPLES, 300 * FRAME_SAMPLES, len(samples)]
    pieces = [listening.hear(samples[first:last]) for first, last in pairwise(edges)]
    assert np.abs(np.concatenate(pieces) - whole).max() < 1e-4
    assert speech_spans(np.concatenate(pieces), 0) == speech_spans(whole, 0)
    assert isinstance(speech_spans(whole, 0)[0], Span)
