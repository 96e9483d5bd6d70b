"""The waveform of a recording, in the JSON that BBC audiowaveform writes and wavesurfer reads.

Format: https://github.com/bbc/audiowaveform/blob/master/doc/DataFormat.md, version 2: pairs of the
lowest and highest sample of each stretch, as 8-bit numbers.
"""

import json
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from surtitle.engines.sound import SAMPLE_RATE_HZ, Samples
from surtitle.media.decoding import TrackDecoder
from surtitle.media.errors import NoSound
from surtitle.media.opening import opened
from surtitle.media.sound import audio_stream

PEAKS_PER_SECOND = 20
_SAMPLES_PER_PEAK = SAMPLE_RATE_HZ // PEAKS_PER_SECOND
_FORMAT_VERSION = 2

Peaks = npt.NDArray[np.int8]
"""Lowest and highest sample of each stretch in turn, shape `(2 * stretches,)`."""


def peaks_document(source: Path, track: int | None = None) -> bytes:
    """The waveform of an audio track as JSON: 40 small numbers a second, whatever the recording holds.

    Raises `NoSound` when there is none, `NotMedia` when the file cannot be read.
    """
    with opened(source) as container:
        peaks = _peaks(TrackDecoder(container, audio_stream(container, track)))
    if not peaks.size:
        raise NoSound("The audio track holds no samples.")
    document = {
        "version": _FORMAT_VERSION,
        "channels": 1,
        "sample_rate": SAMPLE_RATE_HZ,
        "samples_per_pixel": _SAMPLES_PER_PEAK,
        "bits": 8,
        "length": peaks.size // 2,
        "data": peaks.tolist(),
    }
    return json.dumps(document, separators=(",", ":")).encode()


def _peaks(decoder: TrackDecoder) -> Peaks:
    gathered = bytearray()
    rest = np.zeros(0, dtype=np.float32)
    for block in decoder.blocks():
        silent = min(block.silence, _SAMPLES_PER_PEAK - rest.size % _SAMPLES_PER_PEAK)
        rest = _gather(gathered, np.concatenate([rest, np.zeros(silent, dtype=np.float32)]))
        # Hours of silence are written as peaks, never held as samples.
        stretches, silent = divmod(block.silence - silent, _SAMPLES_PER_PEAK)
        gathered += bytes(2 * stretches)
        rest = _gather(gathered, np.concatenate([rest, np.zeros(silent, dtype=np.float32), block.samples]))
    if rest.size:
        gathered += _extremes(rest.reshape(1, -1))
    return np.frombuffer(bytes(gathered), dtype=np.int8)


def _gather(gathered: bytearray, samples: Samples) -> Samples:
    """Add the peaks of all whole stretches in `samples`; what is left over comes back."""
    whole = samples.size - samples.size % _SAMPLES_PER_PEAK
    if whole:
        gathered += _extremes(samples[:whole].reshape(-1, _SAMPLES_PER_PEAK))
    return samples[whole:]


def _extremes(stretches: Samples) -> bytes:
    pairs = np.stack([stretches.min(axis=1), stretches.max(axis=1)], axis=1)
    return cast("bytes", np.clip(np.rint(pairs * 127), -128, 127).astype(np.int8).tobytes())
