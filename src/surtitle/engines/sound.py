"""Sound as engines take it: 16 kHz, mono, read piece by piece from a file."""

import mmap
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
    """A 16-bit mono 16 kHz WAV written by `media.sound`, mapped rather than read.

    Memory does not grow with length: `read` copies only what it returns.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("rb")
        self._size = path.stat().st_size
        self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ) if self._size else None

    @property
    def sample_count(self) -> int:
        return max(0, self._size - _HEADER_BYTES) // 2

    @property
    def duration_seconds(self) -> float:
        return self.sample_count / SAMPLE_RATE_HZ

    def read(self, start: int, count: int) -> Samples:
        """Samples `[start, start + count)`, fewer at the end. Shape `(samples,)`, float32."""
        count = max(0, min(count, self.sample_count - start))
        if count == 0 or self._map is None:
            return np.zeros(0, dtype=np.float32)
        raw = np.frombuffer(self._map, dtype="<i2", count=count, offset=_HEADER_BYTES + start * 2)
        return raw.astype(np.float32) / 32768.0

    def close(self) -> None:
        if self._map is not None:
            self._map.close()
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
