"""Recordings with a speaker on each channel: who speaks is the channel on which it is loud."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from surtitle.engines.builtin.segmentation import FRAME_STEP_SAMPLES, RECEPTIVE_SAMPLES
from surtitle.engines.builtin.speaker_probability import SpeakerProbability, speaker_probability
from surtitle.engines.builtin.window_activity import ActivityWindow, SoundSource, frame_count

# Fainter than this beside the loudest channel is somebody else, heard across the table.
_CROSSTALK_DECIBELS = -12.0
_SMOOTHED_FRAMES = 15
_FRAMES_AT_ONCE = 20_000
_OFFSET_SAMPLES = (RECEPTIVE_SAMPLES - FRAME_STEP_SAMPLES) // 2


def channel_probability(
    channels: Sequence[SoundSource], heard: Sequence[Sequence[ActivityWindow]]
) -> SpeakerProbability:
    """How probably the speaker of each channel speaks, without what is heard from other channels."""
    frames = frame_count(channels[0].sample_count)
    found = [_anybody(windows, frames) for windows in heard]
    loudness = np.stack([_loudness(channel, frames) for channel in channels], axis=1)
    own = loudness >= loudness.max(axis=1, keepdims=True) * 10 ** (_CROSSTALK_DECIBELS / 20)
    return np.where(own, np.concatenate(found, axis=1), 0).astype(np.uint8)


def _anybody(windows: Sequence[ActivityWindow], frames: int) -> SpeakerProbability:
    """Whoever is heard on a channel is its speaker."""
    return speaker_probability(
        windows, [np.zeros(window.people, dtype=np.int16) for window in windows], 1, frames
    )


def _loudness(channel: SoundSource, frames: int) -> NDArray[np.float32]:
    """Root mean square of each frame and those around it, shape `(frames,)`."""
    power = np.zeros(frames, dtype=np.float32)
    for first in range(0, frames, _FRAMES_AT_ONCE):
        count = min(_FRAMES_AT_ONCE, frames - first)
        begin = first * FRAME_STEP_SAMPLES + _OFFSET_SAMPLES
        samples = channel.read(begin, count * FRAME_STEP_SAMPLES)
        whole = np.pad(samples, (0, count * FRAME_STEP_SAMPLES - samples.size))
        power[first : first + count] = np.square(whole).reshape(count, -1).mean(axis=1)
    around = np.ones(_SMOOTHED_FRAMES, dtype=np.float32) / _SMOOTHED_FRAMES
    return np.asarray(np.sqrt(np.convolve(power, around, mode="same")), dtype=np.float32)
