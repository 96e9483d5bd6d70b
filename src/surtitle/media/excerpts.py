"""Stretches of a recording's sound, one after another, as a WAV in memory."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from surtitle.engines.sound import SAMPLE_RATE_HZ, Samples, wav_header
from surtitle.media.decoding import TrackDecoder
from surtitle.media.errors import NoSound
from surtitle.media.opening import opened
from surtitle.media.sound import as_pcm, audio_stream

Span = tuple[float, float]
"""Seconds `[start, end)` from the start of the recording."""

MOST_SECONDS = 600.0
"""No more is ever held in memory."""


def excerpt(source: Path, spans: Sequence[Span], track: int | None = None) -> bytes:
    """The sound of `spans`, in the order in which they are given, as 16 kHz mono WAV.

    Decodes no further than the last of them ends, and gives 10 minutes at most; what the recording does not
    hold is silence, but for the end. Raises `NoSound`, `NotMedia`.
    """
    wanted = _within_room([(round(a * SAMPLE_RATE_HZ), round(b * SAMPLE_RATE_HZ)) for a, b in spans])
    held: list[list[Samples]] = [[] for _ in wanted]
    with opened(source) as container:
        decoder = TrackDecoder(container, audio_stream(container, track))
        for block in decoder.blocks():
            _take(block.silence, block.samples, decoder.position, wanted, held)
            if decoder.position >= max((end for _, end in wanted), default=0):
                break
    samples = np.concatenate([piece for pieces in held for piece in pieces] or [np.zeros(0, np.float32)])
    if not samples.size:
        raise NoSound("The recording holds no sound there.")
    return wav_header(samples.size) + as_pcm(samples).tobytes()


def _within_room(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    room, kept = round(MOST_SECONDS * SAMPLE_RATE_HZ), []
    for start, end in spans:
        kept.append((start, min(end, start + room)))
        room -= max(0, kept[-1][1] - start)
    return kept


def _take(
    silence: int,
    samples: Samples,
    position: int,
    wanted: Sequence[tuple[int, int]],
    held: Sequence[list[Samples]],
) -> None:
    """Add to each span its share of a block that ends at `position` and begins with silence."""
    begin = position - samples.size
    for (start, end), pieces in zip(wanted, held, strict=True):
        quiet = min(end, begin) - max(start, begin - silence)
        if quiet > 0:
            pieces.append(np.zeros(quiet, dtype=np.float32))
        if start < position and end > begin:
            pieces.append(samples[max(start - begin, 0) : end - begin])
