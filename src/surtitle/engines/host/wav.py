"""Speech into a WAV file that is there whole or not at all."""

import os
from pathlib import Path

import numpy as np

from surtitle.engines.protocols import Speech
from surtitle.engines.sound import wav_header

_FULL_SCALE = 32767.0


def write_speech(path: Path, speech: Speech) -> None:
    """`speech` as 16-bit mono at its own rate. An older file at `path` is replaced in one move."""
    pcm = np.rint(np.clip(speech.samples, -1.0, 1.0) * _FULL_SCALE).astype("<i2")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(wav_header(pcm.size, speech.sample_rate_hz))
            file.write(pcm.tobytes())
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
