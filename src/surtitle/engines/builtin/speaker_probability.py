"""How probably each speaker speaks in each frame: what all windows over it say, the middle of each most."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from surtitle.engines.builtin.window_activity import WINDOW_FRAMES, ActivityWindow

NOBODY = -1

Assignment = list[NDArray[np.int16]]
"""For each window and each person in it, the speaker or `NOBODY`."""

SpeakerProbability = NDArray[np.uint8]
"""0..255, shape `(frames, speakers)`."""

FULL = 255
# At the edge of a window the network has heard one side only.
_WEIGHTS = (0.05 + np.hanning(WINDOW_FRAMES)).astype(np.float32)


def speaker_probability(
    windows: Sequence[ActivityWindow], assignment: Assignment, speakers: int, frames: int
) -> SpeakerProbability:
    """Frame by frame as the windows pass; no more of them is held than lie on one another."""
    found = np.zeros((frames, speakers), dtype=np.uint8)
    begin = 0
    for block in _settled_blocks(windows, assignment, speakers):
        kept = block[: max(0, frames - begin)]
        found[begin : begin + len(kept)] = kept
        begin += len(block)
    return found


def _settled_blocks(
    windows: Sequence[ActivityWindow], assignment: Assignment, speakers: int
) -> Iterator[SpeakerProbability]:
    sums = np.zeros((WINDOW_FRAMES, speakers), dtype=np.float32)
    weights = np.zeros((WINDOW_FRAMES, 1), dtype=np.float32)
    at = 0
    for window, speaker_of in zip(windows, assignment, strict=True):
        passed = window.start_frame - at
        yield _mean(sums[:passed], weights[:passed])
        sums, weights, at = _moved(sums, passed), _moved(weights, passed), window.start_frame
        sums += _of_speakers(window, speaker_of, speakers) * _WEIGHTS[:, None]
        weights += _WEIGHTS[:, None]
    yield _mean(sums, weights)


def _of_speakers(window: ActivityWindow, speaker_of: NDArray[np.int16], speakers: int) -> NDArray[np.float32]:
    """What the window says of each speaker; two of its people who are one speaker speak as one."""
    found = np.zeros((len(window.activity), speakers), dtype=np.float32)
    for person, speaker in enumerate(speaker_of.tolist()):
        if speaker != NOBODY:
            found[:, speaker] = np.maximum(found[:, speaker], window.activity[:, person])
    return found


def _moved(values: NDArray[np.float32], passed: int) -> NDArray[np.float32]:
    return np.concatenate([values[passed:], np.zeros_like(values[:passed])])


def _mean(sums: NDArray[np.float32], weights: NDArray[np.float32]) -> SpeakerProbability:
    return np.rint(np.clip(sums / np.maximum(weights, 1e-6), 0, FULL)).astype(np.uint8)
