"""A recording in windows of at most 28 s, each cut where nobody speaks.

Where a window ends depends on the sound after its beginning and on nothing else. So work that begins
again at any cut finds the same windows, and a recording of any length takes the memory of one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from surtitle.domain.recognition import Span, Window
from surtitle.engines.builtin.speech_detector import (
    DEFAULT_RULES,
    FRAME_SAMPLES,
    NEAR_SAMPLES,
    SpeechDetector,
    SpeechRules,
    is_audible,
    is_decided,
    speech_spans,
)
from surtitle.engines.sound import SAMPLE_RATE_HZ, Samples, SoundFile

# Whisper hears 30 s at once; what it does not need for padding keeps its last word whole.
LONGEST_SAMPLES = 28 * SAMPLE_RATE_HZ
# Silence that long ends a window at once: in the middle of one Whisper would fill it with words.
_LONG_PAUSE_SAMPLES = 3 * SAMPLE_RATE_HZ
# The detector is late at soft beginnings and early at soft ends (its authors pad by 0.03 to 0.4 s).
MARGIN_SAMPLES = 2 * SAMPLE_RATE_HZ // 5
# How far one step looks for speech: ten minutes, read half a minute at a time.
_STRIDE_SAMPLES = 600 * SAMPLE_RATE_HZ
_PIECE_SAMPLES = 30 * SAMPLE_RATE_HZ // FRAME_SAMPLES * FRAME_SAMPLES
_PAUSE_WORTH_SECONDS = 1.0
# Tuned on mixes of read speech: 0.04 cut off half sentences and lost twice the words.
_LATENESS_WORTH = 0.01
_QUIET_FRAMES = 7
# A longer end of a recording is two windows: one core would wait for the other.
_HALVED_SAMPLES = 15 * SAMPLE_RATE_HZ
# How far from its middle the last stretch may be cut, of its length.
_OFF_MIDDLE = 0.2
# A second of pause is worth as much as a quarter of that length off the middle.
_EVENNESS_WORTH = 4.0


@dataclass(frozen=True, slots=True)
class _Reach:
    """Where a window may be cut: between two numbers of samples from its start."""

    earliest: int
    longest: int


# A cut before 14 s wastes too much of the 30 s that each window costs.
_USUAL = _Reach(14 * SAMPLE_RATE_HZ, LONGEST_SAMPLES)
# The first words are wanted early.
_OPENING = _Reach(5 * SAMPLE_RATE_HZ, 14 * SAMPLE_RATE_HZ)


@dataclass(frozen=True, slots=True)
class Cutting:
    """How a recording is cut: the reach of its first window and of the others, and the pause that ends a
    window at once, however short that then is, if it holds `least` samples.
    """

    opening: _Reach
    usual: _Reach
    pause: int
    least: int


FULL_WINDOWS = Cutting(_OPENING, _USUAL, _LONG_PAUSE_SAMPLES, 0)
"""As few windows as the sound allows: each costs as much as 30 s do."""

WINDOWS_OF_ONE_LANGUAGE = Cutting(_OPENING, _OPENING, SAMPLE_RATE_HZ, 3 * SAMPLE_RATE_HZ)
"""A window has one language, so where they change it must not reach from one speaker into the next."""


def windows_by_speech(
    sound: SoundFile,
    start: int,
    detector: SpeechDetector,
    rules: SpeechRules = DEFAULT_RULES,
    cutting: Cutting = FULL_WINDOWS,
) -> Iterator[Window]:
    """Windows from sample `start` to the end of `sound`, cut in pauses; silence is passed over quickly."""
    while start < sound.sample_count:
        ahead = _Ahead(sound, start, detector)
        silence_end = _silence_end(ahead, rules)
        if silence_end - start >= _LONG_PAUSE_SAMPLES or silence_end == sound.sample_count:
            window = Window(start, silence_end, ())
        else:
            window = _spoken_window(ahead, rules, cutting)
        yield window
        start = window.end


def windows_by_loudness(sound: SoundFile, start: int) -> Iterator[Window]:
    """Windows from sample `start` to the end of `sound`, cut where it is quietest after 14 s.

    For those who want every second decoded, whatever a detector says: songs, shouts, other species.
    Only digital silence counts as silence.
    """
    while start < sound.sample_count:
        samples = sound.read(start, LONGEST_SAMPLES)
        end = start + len(samples)
        if end < sound.sample_count:
            end = start + _quietest(samples)
        speech = (Span(start, end),) if is_audible(samples[: end - start]) else ()
        yield Window(start, end, speech)
        start = end


class _Ahead:
    """What the detector says of the sound after `start`, each frame of which it hears once."""

    def __init__(self, sound: SoundFile, start: int, detector: SpeechDetector) -> None:
        self.start = start
        self.sample_count = sound.sample_count
        self._sound = sound
        self._listening = detector.listening()
        self._known = np.zeros(0, dtype=np.float32)

    def heard(self, samples: int) -> Samples:
        """The probabilities of all frames known, which are `samples` long at least unless the sound ends."""
        missing = _frames(samples) - len(self._known)
        if missing > 0:
            piece = self._sound.read(self.start + len(self._known) * FRAME_SAMPLES, missing * FRAME_SAMPLES)
            if piece.size:
                self._known = np.concatenate([self._known, self._listening.hear(piece)])
        return self._known


def _silence_end(ahead: _Ahead, rules: SpeechRules) -> int:
    """The sample up to which nobody speaks after the start: a margin before the first speech."""
    start = ahead.start
    stop = min(start + _STRIDE_SAMPLES, ahead.sample_count)
    for origin in range(start, stop, _PIECE_SAMPLES):
        # A faint voice at the end of a piece may be vouched for by a sure one in the next.
        first = max(start, origin - _PIECE_SAMPLES)
        known = ahead.heard(min(origin + _PIECE_SAMPLES, stop) - start)[_frames(first - start) :]
        if spans := speech_spans(known, first, rules):
            return max(start, spans[0].start - MARGIN_SAMPLES)
    # Speech may just begin where the stride ends; the next one looks at its last second again.
    return stop if stop == ahead.sample_count else stop - SAMPLE_RATE_HZ


def _spoken_window(ahead: _Ahead, rules: SpeechRules, cutting: Cutting) -> Window:
    # Told by the place alone, so that work that begins again finds the same windows.
    start = ahead.start
    reach = cutting.opening if start == 0 else cutting.usual
    horizon = min(start + reach.longest + MARGIN_SAMPLES, ahead.sample_count)
    frames = _frames(horizon - start)
    probabilities = ahead.heard(horizon - start)
    if not is_decided(probabilities, frames, rules):
        # A sure voice behind the horizon may vouch for a faint one within.
        probabilities = ahead.heard(horizon - start + NEAR_SAMPLES)
    spans = _up_to(horizon, speech_spans(probabilities, start, rules))
    limits = _Limits(reach, cutting, is_last=horizon == ahead.sample_count)
    end = _cut(spans, start, probabilities[:frames], limits)
    if end is None:
        end = ahead.sample_count
    return Window(start, end, _up_to(end, spans))


def _frames(samples: int) -> int:
    """How many frames hold so many samples."""
    return -(-samples // FRAME_SAMPLES)


def _up_to(end: int, spans: tuple[Span, ...]) -> tuple[Span, ...]:
    return tuple(replace(span, end=min(span.end, end)) for span in spans if span.start < end)


@dataclass(frozen=True, slots=True)
class _Limits:
    """What holds for one window; `is_last` when the sound ends within its reach."""

    reach: _Reach
    cutting: Cutting
    is_last: bool

    def ends_with(self, pause: Span, start: int) -> bool:
        """Whether `pause` ends a window from `start` at once."""
        length = pause.end - pause.start
        enough = pause.start - start >= self.cutting.least
        return length >= _LONG_PAUSE_SAMPLES or (enough and length >= self.cutting.pause)


def _cut(spans: tuple[Span, ...], start: int, probabilities: Samples, limits: _Limits) -> int | None:
    """The sample to cut at; None when the rest of the sound is to be taken whole."""
    reach, is_last = limits.reach, limits.is_last
    heard = start + len(probabilities) * FRAME_SAMPLES
    if not spans:
        return min(heard, start + reach.longest)
    following = [span.start for span in spans[1:]] + [heard]
    pauses = [Span(span.end, after) for span, after in zip(spans, following, strict=True)]
    for pause in pauses[:-1] if is_last else pauses:
        if limits.ends_with(pause, start):
            return _place_in(pause, start, reach)
    if is_last and heard - start <= reach.longest + FRAME_SAMPLES:
        middling = _near_middle(pauses[:-1], start, heard)
        return None if middling is None else _place_in(middling, start, reach)
    candidates = [
        pause
        for pause in pauses
        if _place_in(pause, start, reach) - start >= reach.earliest and pause.start < start + reach.longest
    ]
    if candidates:
        return _place_in(max(candidates, key=lambda pause: _worth(pause, start)), start, reach)
    # Someone talks without a pause: where it sounds least like speech.
    return start + _lowest(probabilities, reach)


def _near_middle(pauses: Sequence[Span], start: int, end: int) -> Span | None:
    """The best pause to halve a recording's last stretch at; None where it is short, or has none there."""
    length = end - start

    def off_middle(pause: Span) -> float:
        return abs((pause.start + pause.end) / 2 - (start + end) / 2) / length

    def worth(pause: Span) -> float:
        return _length_worth(pause) - _EVENNESS_WORTH * off_middle(pause)

    near = [pause for pause in pauses if length > _HALVED_SAMPLES and off_middle(pause) <= _OFF_MIDDLE]
    return max(near, key=worth, default=None)


def _place_in(pause: Span, start: int, reach: _Reach) -> int:
    """Late in a long pause, so that the next window is spent on speech; in the middle of a short one."""
    place = max((pause.start + pause.end) // 2, pause.end - MARGIN_SAMPLES)
    return min(place, start + reach.longest)


def _worth(pause: Span, start: int) -> float:
    """Long pauses end sentences, late ones fill the window."""
    lateness = (pause.start - start) / SAMPLE_RATE_HZ
    return _length_worth(pause) + _LATENESS_WORTH * lateness


def _length_worth(pause: Span) -> float:
    return min((pause.end - pause.start) / SAMPLE_RATE_HZ, _PAUSE_WORTH_SECONDS)


def _quietest(samples: Samples) -> int:
    frames = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    return _lowest(np.square(frames).mean(axis=1), _USUAL)


def _lowest(values: Samples, reach: _Reach) -> int:
    """Offset in samples of the middle of the lowest stretch of `values`, one a frame, within `reach`."""
    smooth = np.convolve(values, np.ones(_QUIET_FRAMES, dtype=np.float32) / _QUIET_FRAMES, mode="same")
    first = reach.earliest // FRAME_SAMPLES
    last = reach.longest // FRAME_SAMPLES - _QUIET_FRAMES
    # Of equally quiet places the last: the window is better filled.
    lowest = last - 1 - int(np.argmin(smooth[first:last][::-1]))
    return lowest * FRAME_SAMPLES + FRAME_SAMPLES // 2
