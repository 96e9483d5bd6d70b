"""Sound as engines take it: 16 kHz, mono, read piece by piece from a file."""

import os
import struct
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

SAMPLE_RATE_HZ = 16_000
Samples = npt.NDArray[np.float32]
"""float32 mono, shape `(samples,)`, full scale at ±1."""

_HEADER_BYTES = 44


def wav_header(sample_count: int, sample_rate_hz: int = SAMPLE_RATE_HZ) -> bytes:
    """A 44-byte RIFF header for 16-bit mono PCM. Sizes saturate at 4 GiB (37 hours at 16 kHz)."""
    data_bytes = min(sample_count * 2, 0xFFFFFFFF - 36)
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", data_bytes + 36, b"WAVE",
        b"fmt ", 16, 1, 1, sample_rate_hz, sample_rate_hz * 2, 2, 16,
        b"data", data_bytes,
    )  # fmt: skip


class SoundFile:
    """A 16-bit mono 16 kHz WAV written by `media.sound`, read a piece at a time; threads may share it.

    It is not mapped into memory: pages of a map that were read once count as the process's own, so that
    the memory mark would recycle an engine for the length of its recordings.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("rb")
        self._size = path.stat().st_size

    @property
    def sample_count(self) -> int:
        return max(0, self._size - _HEADER_BYTES) // 2

    @property
    def duration_seconds(self) -> float:
        return self.sample_count / SAMPLE_RATE_HZ

    def read(self, start: int, count: int) -> Samples:
        """Samples `[start, start + count)`, fewer at the end. Shape `(samples,)`, float32."""
        count = max(0, min(count, self.sample_count - start))
        raw = os.pread(self._file.fileno(), count * 2, _HEADER_BYTES + start * 2)
        return np.frombuffer(raw, dtype="<i2").astype(np.float32) / 32768.0

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
