"""Where in the sound someone speaks: Silero VAD, from the faster-whisper wheel, fed piece by piece."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.recognition import Span
from surtitle.engines.sound import SAMPLE_RATE_HZ, Samples

FRAME_SAMPLES = 512
"""What the detector judges at once: 32 ms at 16 kHz. It was trained on nothing else."""

FRAME_SECONDS = FRAME_SAMPLES / SAMPLE_RATE_HZ

_CONTEXT_SAMPLES = 64
_NO_CONTEXT = np.zeros(_CONTEXT_SAMPLES, dtype=np.float32)
_NOTHING_HEARD = np.zeros((1, 1, 128), dtype=np.float32)
# Over a telephone line Silero is sure of a quarter of the speech only; noise and music seldom reach this
# share of the threshold, and never the threshold itself. So a faint sound is speech where sure speech is
# near, and the network's own rule (speech ends 0.15 below where it began) would cut sentences to pieces.
_FAINT_SHARE = 0.3
NEAR_SAMPLES = 20 * SAMPLE_RATE_HZ
"""How far a sure voice vouches for a faint one."""

_SHORTEST_FAINT_FRAMES = 8
# -66 dB of full scale, below the noise of any microphone: nothing there that could be heard.
INAUDIBLE = 16 / 32768


@dataclass(frozen=True, slots=True)
class SpeechRules:
    """What counts as speech. `shortest_frames`: a syllable, no click; `pause_frames`: less is no pause."""

    threshold: float = 0.5
    shortest_frames: int = 3
    pause_frames: int = 3

    @classmethod
    def of(cls, options: TranscriptionOptions) -> Self:
        return cls(
            options.vad_threshold,
            _frames(options.vad_min_speech_seconds),
            _frames(options.vad_min_silence_seconds),
        )


DEFAULT_RULES = SpeechRules()


class SpeechDetector:
    """The detector's network. Keeps nothing between calls, so threads may share it."""

    def __init__(self) -> None:
        from faster_whisper.vad import get_vad_model  # noqa: PLC0415 - heavy, child only

        self._session: Any = get_vad_model().session

    def listening(self) -> "Listening":
        """The network, about to hear a sound from its beginning."""
        return Listening(self._session)


class Listening:
    """The network while it hears one sound, piece by piece: it remembers the pieces before."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._state = self._cell = _NOTHING_HEARD
        self._context = _NO_CONTEXT

    def hear(self, piece: Samples) -> Samples:
        """The probability of speech in each frame of `piece`, shape `(frames,)`.

        Pieces follow each other without a gap, each a whole number of frames long but the last one.
        """
        frames = _framed(piece)
        if not is_audible(piece):
            # Hours of digital silence cost a glance, not a network.
            self._state = self._cell = _NOTHING_HEARD
            self._context = _NO_CONTEXT
            return np.zeros(len(frames), dtype=np.float32)
        before = np.vstack([self._context, frames[:-1, -_CONTEXT_SAMPLES:]])
        inputs = {"input": np.hstack([before, frames]), "h": self._state, "c": self._cell}
        output, self._state, self._cell = self._session.run(None, inputs)
        self._context = frames[-1, -_CONTEXT_SAMPLES:]
        return np.asarray(output, dtype=np.float32).reshape(-1)


def is_audible(samples: Samples) -> bool:
    """Whether anything in `samples` rises above digital silence."""
    return bool(samples.size) and float(np.abs(samples).max()) >= INAUDIBLE


def speech_spans(probabilities: Samples, origin: int, rules: SpeechRules = DEFAULT_RULES) -> tuple[Span, ...]:
    """Stretches of speech in frames that begin at sample `origin`: sure ones, and faint ones near them."""
    runs = _runs(probabilities, rules)
    sure = [run for run in runs if run.sure_frames >= rules.shortest_frames]
    return tuple(
        Span(origin + run.start * FRAME_SAMPLES, origin + run.end * FRAME_SAMPLES, run in sure)
        for run in runs
        if run in sure or (run.is_long_enough and any(run.is_near(other) for other in sure))
    )


def is_decided(probabilities: Samples, frames: int, rules: SpeechRules = DEFAULT_RULES) -> bool:
    """Whether nothing that follows `probabilities` can change the speech in the first `frames` of them."""
    runs = _runs(probabilities, rules)
    sure = [run for run in runs if run.sure_frames >= rules.shortest_frames]
    return all(
        _is_decided(run, sure, len(probabilities), frames, rules) for run in runs if run.start < frames
    )


def _is_decided(run: "_Run", sure: list["_Run"], known: int, frames: int, rules: SpeechRules) -> bool:
    may_grow = known - run.end < rules.pause_frames
    if run in sure:
        return run.end >= frames or not may_grow
    if may_grow:
        return False
    may_be_vouched_for = (known - run.end) * FRAME_SAMPLES <= NEAR_SAMPLES
    return not run.is_long_enough or not may_be_vouched_for or any(run.is_near(other) for other in sure)


@dataclass(slots=True, eq=False)
class _Run:
    """Frames `[start, end)` that may be speech, `sure_frames` of them above the threshold."""

    start: int
    end: int
    sure_frames: int

    @property
    def is_long_enough(self) -> bool:
        """To be speech although faint."""
        return self.end - self.start >= _SHORTEST_FAINT_FRAMES

    def is_near(self, other: "_Run") -> bool:
        apart = max(self.start - other.end, other.start - self.end)
        return apart * FRAME_SAMPLES <= NEAR_SAMPLES


def _runs(probabilities: Samples, rules: SpeechRules) -> list[_Run]:
    runs: list[_Run] = []
    for number in np.flatnonzero(probabilities >= rules.threshold * _FAINT_SHARE).tolist():
        sure = int(probabilities[number] >= rules.threshold)
        if runs and number - runs[-1].end < rules.pause_frames:
            runs[-1].end = number + 1
            runs[-1].sure_frames += sure
        else:
            runs.append(_Run(number, number + 1, sure))
    return runs


def _frames(seconds: float) -> int:
    return max(1, round(seconds / FRAME_SECONDS))


def _framed(piece: Samples) -> Samples:
    missing = -len(piece) % FRAME_SAMPLES
    return np.pad(piece, (0, missing)).reshape(-1, FRAME_SAMPLES)
