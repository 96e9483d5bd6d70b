"""Where in the sound someone speaks: Silero VAD, from the faster-whisper wheel, fed piece by piece."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from surtitle.engines.sound import SAMPLE_RATE_HZ, Samples

FRAME_SAMPLES = 512
"""What the detector judges at once: 32 ms at 16 kHz. It was trained on nothing else."""

FRAME_SECONDS = FRAME_SAMPLES / SAMPLE_RATE_HZ

_CONTEXT_SAMPLES = 64
_STATE_SHAPE = (1, 1, 128)
# Silero's own defaults: speech begins at 0.5 and ends 0.15 below, so that it does not flicker.
_SPEECH_BEGINS = 0.5
_SPEECH_ENDS = 0.35
# Shorter than any syllable: a click or a chair.
_SHORTEST_SPEECH_FRAMES = 3
# -66 dB of full scale, below the noise of any microphone: nothing there that could be heard.
INAUDIBLE = 16 / 32768


@dataclass(frozen=True, slots=True)
class Span:
    """Samples `[start, end)` of the recording."""

    start: int
    end: int


class SpeechDetector:
    """The detector's network. Keeps nothing between calls, so threads may share it."""

    def __init__(self) -> None:
        from faster_whisper.vad import get_vad_model  # noqa: PLC0415 - heavy, child only

        self._session: Any = get_vad_model().session

    def probabilities(self, pieces: Iterator[Samples]) -> Iterator[Samples]:
        """For each piece, the probability of speech in each of its frames, shape `(frames,)`.

        Pieces follow each other without a gap, each a whole number of frames long but the last one.
        The network remembers what it heard in the pieces before.
        """
        state = cell = np.zeros(_STATE_SHAPE, dtype=np.float32)
        context = np.zeros(_CONTEXT_SAMPLES, dtype=np.float32)
        for piece in pieces:
            frames = _framed(piece)
            if not is_audible(piece):
                # Hours of digital silence cost a glance, not a network.
                state = cell = np.zeros(_STATE_SHAPE, dtype=np.float32)
                context = np.zeros(_CONTEXT_SAMPLES, dtype=np.float32)
                yield np.zeros(len(frames), dtype=np.float32)
                continue
            before = np.vstack([context, frames[:-1, -_CONTEXT_SAMPLES:]])
            inputs = {"input": np.hstack([before, frames]), "h": state, "c": cell}
            output, state, cell = self._session.run(None, inputs)
            context = frames[-1, -_CONTEXT_SAMPLES:]
            yield np.asarray(output, dtype=np.float32).reshape(-1)


def is_audible(samples: Samples) -> bool:
    """Whether anything in `samples` rises above digital silence."""
    return bool(samples.size) and float(np.abs(samples).max()) >= INAUDIBLE


def speech_spans(probabilities: Samples, origin: int) -> tuple[Span, ...]:
    """Stretches of speech in frames that begin at sample `origin`."""
    spans: list[Span] = []
    began: int | None = None
    for number, probability in enumerate((*probabilities.tolist(), 0.0)):
        if began is None and probability >= _SPEECH_BEGINS:
            began = number
        elif began is not None and probability < _SPEECH_ENDS:
            if number - began >= _SHORTEST_SPEECH_FRAMES:
                spans.append(Span(origin + began * FRAME_SAMPLES, origin + number * FRAME_SAMPLES))
            began = None
    return tuple(spans)


def _framed(piece: Samples) -> Samples:
    missing = -len(piece) % FRAME_SAMPLES
    return np.pad(piece, (0, missing)).reshape(-1, FRAME_SAMPLES)
