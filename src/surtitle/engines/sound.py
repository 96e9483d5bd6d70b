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
_CHANNELS_OFFSET = 22


def wav_header(sample_count: int, sample_rate_hz: int = SAMPLE_RATE_HZ, channels: int = 1) -> bytes:
    """A 44-byte RIFF header for 16-bit PCM. Sizes saturate at 4 GiB (37 hours of mono at 16 kHz)."""
    data_bytes = min(sample_count * 2 * channels, 0xFFFFFFFF - 36)
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", data_bytes + 36, b"WAVE",
        b"fmt ", 16, 1, channels, sample_rate_hz, sample_rate_hz * 2 * channels, 2 * channels, 16,
        b"data", data_bytes,
    )  # fmt: skip


class SoundFile:
    """A 16-bit 16 kHz WAV written by `media.sound`, read a piece at a time; threads may share it. It is mono
    unless the channels were asked for (`channel`); `read` mixes them.

    It is not mapped into memory: pages of a map that were read once count as the process's own, so that
    the memory mark would recycle an engine for the length of its recordings.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("rb")
        self._size = path.stat().st_size
        header = os.pread(self._file.fileno(), _HEADER_BYTES, 0)
        (channels,) = (
            struct.unpack_from("<H", header, _CHANNELS_OFFSET) if len(header) == _HEADER_BYTES else (1,)
        )
        self.channel_count: int = max(1, channels)

    @property
    def sample_count(self) -> int:
        """Of one channel."""
        return max(0, self._size - _HEADER_BYTES) // (2 * self.channel_count)

    @property
    def duration_seconds(self) -> float:
        return self.sample_count / SAMPLE_RATE_HZ

    def read(self, start: int, count: int) -> Samples:
        """Samples `[start, start + count)`, fewer at the end. Shape `(samples,)`, float32."""
        samples = self.read_channels(start, count)
        return samples[:, 0] if self.channel_count == 1 else samples.mean(axis=1, dtype=np.float32)

    def read_channels(self, start: int, count: int) -> Samples:
        """As `read`, every channel by itself: shape `(samples, channels)`."""
        count = max(0, min(count, self.sample_count - start))
        bytes_each = 2 * self.channel_count
        raw = os.pread(self._file.fileno(), count * bytes_each, _HEADER_BYTES + start * bytes_each)
        return np.frombuffer(raw, dtype="<i2").reshape(-1, self.channel_count).astype(np.float32) / 32768.0

    def channel(self, number: int) -> "SoundChannel":
        """One channel, counted from 0, to be read like a file of its own."""
        return SoundChannel(self, number)

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class SoundChannel:
    """One channel of a sound file."""

    def __init__(self, sound: SoundFile, number: int) -> None:
        self._sound = sound
        self._number = number

    @property
    def sample_count(self) -> int:
        return self._sound.sample_count

    def read(self, start: int, count: int) -> Samples:
        """Samples `[start, start + count)`, fewer at the end. Shape `(samples,)`, float32."""
        samples: Samples = self._sound.read_channels(start, count)[:, self._number]
        return samples
