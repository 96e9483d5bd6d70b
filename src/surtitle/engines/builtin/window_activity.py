"""Who of up to three people speaks when, in windows of four seconds that lie on one another.

Who is first, second or third differs from window to window; `speaker_assignment` tells who they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from surtitle.engines.builtin.segmentation import (
    FRAME_STEP_SAMPLES,
    POWERSET,
    RECEPTIVE_SAMPLES,
    SPEAKERS,
)
from surtitle.engines.builtin.speech_detector import is_audible
from surtitle.engines.sound import SAMPLE_RATE_HZ, Samples

FRAME_SECONDS = FRAME_STEP_SAMPLES / SAMPLE_RATE_HZ
FRAME_OFFSET_SECONDS = (RECEPTIVE_SAMPLES - FRAME_STEP_SAMPLES) / 2 / SAMPLE_RATE_HZ
"""A frame hears more than its own step; this is where the step of frame 0 begins."""

# The network was trained on 10 s, in which more people speak than it can hold: it then takes two for one.
# With 4 s the DER of conversations with much overlap fell by a tenth to a third.
WINDOW_SAMPLES = 4 * SAMPLE_RATE_HZ
WINDOW_FRAMES = (WINDOW_SAMPLES - RECEPTIVE_SAMPLES) // FRAME_STEP_SAMPLES + 1

STEP_FRAMES = WINDOW_FRAMES // 2 + 1
"""From one window to the next, 2 s: every frame is judged twice."""

WINDOWS_OVER_A_FRAME = WINDOW_FRAMES / STEP_FRAMES

_BATCH_WINDOWS = 16
# A probability as a byte: six hours are then 15 MB.
_FULL = 255
_SPEAKING = 128


class SoundSource(Protocol):
    """A sound that is read piece by piece: a `SoundFile`, or one channel of it."""

    @property
    def sample_count(self) -> int: ...

    def read(self, start: int, count: int) -> Samples: ...


class Segmenter(Protocol):
    """The segmentation network."""

    def log_probabilities(self, windows: Samples) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True, eq=False)
class ActivityWindow:
    """How probably each of three people speaks in each frame from `start_frame` on.

    `activity` holds 0..255, shape `(frames, people)`.
    """

    start_frame: int
    activity: NDArray[np.uint8]

    @property
    def frames(self) -> slice:
        return slice(self.start_frame, self.start_frame + len(self.activity))

    @property
    def people(self) -> int:
        return int(self.activity.shape[1])

    @property
    def start_sample(self) -> int:
        return self.start_frame * FRAME_STEP_SAMPLES

    @property
    def speaking(self) -> NDArray[np.bool_]:
        """Who more probably speaks than not, shape `(frames, people)`."""
        return np.asarray(self.activity >= _SPEAKING)

    @property
    def alone(self) -> NDArray[np.bool_]:
        """Where each speaks and nobody else does, shape `(frames, people)`."""
        speaking = self.speaking
        return np.asarray(speaking & (speaking.sum(axis=1, keepdims=True) == 1))

    @property
    def probability(self) -> NDArray[np.float32]:
        return np.asarray(self.activity / np.float32(_FULL), dtype=np.float32)


def frame_count(sample_count: int) -> int:
    """Frames that a sound of so many samples has."""
    return max(1, -(-sample_count // FRAME_STEP_SAMPLES))


def seconds_of_frame(frame: int) -> float:
    """When the step of a frame begins."""
    return frame * FRAME_SECONDS + FRAME_OFFSET_SECONDS


def runs_of(frames: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where frames are true without a break: first frames, and those after the last."""
    edges = np.flatnonzero(np.diff(frames.astype(np.int8), prepend=0, append=0)).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def hear_activity(net: Segmenter, sound: SoundSource) -> Iterator[tuple[ActivityWindow, Samples]]:
    """Each window in order, with its sound. Windows of silence cost nothing."""
    batch: list[tuple[int, Samples]] = []
    for start in window_starts(sound.sample_count):
        batch.append((start, _padded(sound.read(start * FRAME_STEP_SAMPLES, WINDOW_SAMPLES))))
        if len(batch) == _BATCH_WINDOWS:
            yield from _judged(net, batch)
            batch = []
    yield from _judged(net, batch)


def window_starts(sample_count: int) -> list[int]:
    """The frames at which windows begin; the last window ends with the sound."""
    last = max(0, -(-(sample_count - WINDOW_SAMPLES) // FRAME_STEP_SAMPLES))
    return [*range(0, last, STEP_FRAMES), last]


def _padded(samples: Samples) -> Samples:
    return np.pad(samples, (0, WINDOW_SAMPLES - samples.size))


def _judged(net: Segmenter, batch: list[tuple[int, Samples]]) -> Iterator[tuple[ActivityWindow, Samples]]:
    activities = np.zeros((len(batch), WINDOW_FRAMES, SPEAKERS), dtype=np.uint8)
    loud = [number for number, (_, sound) in enumerate(batch) if is_audible(sound)]
    if loud:
        activities[loud] = _activities(net, np.stack([batch[number][1] for number in loud]))
    for (start, sound), activity in zip(batch, activities, strict=True):
        yield ActivityWindow(start, activity), sound


def _activities(net: Segmenter, windows: Samples) -> NDArray[np.uint8]:
    probability = np.exp(net.log_probabilities(windows)) @ POWERSET
    return np.rint(np.clip(probability, 0, 1) * _FULL).astype(np.uint8)
