"""The picture of a recording's sound: as many numbers as a page is wide."""

import json

import numpy as np

MOST_BARS = 800
"""Of the picture. Three hours of the whole waveform are more than a megabyte."""


def coarse_waveform(document: bytes) -> bytes:
    """How loud the sound is, 0 to 127, in stretches of the same length: JSON with `seconds` and `bars`.

    `document` is the whole waveform (`media.peaks`).
    """
    peaks = json.loads(document)
    seconds = peaks["length"] * peaks["samples_per_pixel"] / peaks["sample_rate"]
    loudest = np.abs(np.array(peaks["data"], dtype=np.int16)).reshape(-1, 2).max(axis=1)
    edges = np.linspace(0, loudest.size, min(MOST_BARS, loudest.size) + 1).astype(int)
    bars = np.maximum.reduceat(loudest, edges[:-1])
    return json.dumps({"seconds": seconds, "bars": np.minimum(bars, 127).tolist()}).encode()
