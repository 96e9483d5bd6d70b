"""How loud each pitch is at each frame, read from the sound as the film goes on."""

import wave
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from surtitle.errors import Invalid

Levels = NDArray[np.float32]
"""One of 0..1 a bar, shape `(bars,)`."""

_WINDOW_SECONDS = 0.046
_LOWEST_HZ, _HIGHEST_HZ = 90.0, 6500.0
_QUIETEST_DB, _RANGE_DB = -62.0, 50.0
# Bars jump up with the sound and sink back slowly, as a needle does. Per thirtieth of a second.
_RISE, _FALL = 0.62, 0.20
_BEAT_HZ = 30.0
# Speech is weaker the higher it is: about this much from the lowest bar to the highest.
_TILT_DB = 16.0


class SoundLevels:
    """Levels of a 16-bit mono WAV, frame after frame: `at` takes frames in order, without gaps, from any.

    Memory does not grow with the sound: only the window under the frame is read.
    """

    def __init__(self, path: Path | None, bars: int, frames_per_second: int) -> None:
        self._rate = frames_per_second
        self._levels: Levels = np.zeros(bars, np.float32)
        self._upcoming = 0
        self._sound = _opened(path) if path else None
        if self._sound is not None:
            rate_hz = self._sound.getframerate()
            self._window = max(256, int(rate_hz * _WINDOW_SECONDS))
            self._shape = np.hanning(self._window).astype(np.float32)
            self._bands = _bands(self._window, rate_hz, bars)
            self._tilt = np.linspace(0.0, _TILT_DB, bars, dtype=np.float32)

    def at(self, frame: int) -> Levels:
        if frame < self._upcoming:
            self._levels = np.zeros_like(self._levels)
            self._upcoming = frame
        while self._upcoming <= frame:
            self._levels = self._followed(self._heard(self._upcoming))
            self._upcoming += 1
        return self._levels

    def close(self) -> None:
        if self._sound is not None:
            self._sound.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _followed(self, heard: Levels) -> Levels:
        beats = _BEAT_HZ / self._rate
        rise, fall = 1 - (1 - _RISE) ** beats, 1 - (1 - _FALL) ** beats
        pace = np.where(heard > self._levels, rise, fall)
        followed: Levels = (self._levels + (heard - self._levels) * pace).astype(np.float32)
        return followed

    def _heard(self, frame: int) -> Levels:
        if self._sound is None:
            return np.zeros_like(self._levels)
        samples = self._samples(frame)
        spectrum = np.abs(np.fft.rfft(samples * self._shape)) * (4.0 / self._window)
        loudness = np.array([spectrum[start:end].max() for start, end in self._bands], np.float32)
        decibels = 20 * np.log10(loudness + 1e-6) + self._tilt
        heard: Levels = np.clip((decibels - _QUIETEST_DB) / _RANGE_DB, 0, 1).astype(np.float32)
        return heard

    def _samples(self, frame: int) -> NDArray[np.float32]:
        assert self._sound is not None
        first = int(frame * self._sound.getframerate() / self._rate) - self._window // 2
        before = max(0, -first)
        start = min(max(0, first), self._sound.getnframes())
        self._sound.setpos(start)
        read = np.frombuffer(self._sound.readframes(self._window - before), "<i2")
        samples = np.zeros(self._window, np.float32)
        samples[before : before + read.size] = read.astype(np.float32) / 32768.0
        return samples


def _opened(path: Path) -> wave.Wave_read:
    try:
        sound = wave.open(str(path), "rb")  # noqa: SIM115 - closed with the levels
    except (wave.Error, EOFError) as error:
        raise Invalid(f"The sound of the film is no WAV file: {error}.") from error
    if (sound.getsampwidth(), sound.getnchannels()) != (2, 1):
        sound.close()
        raise Invalid("The sound of the film is no WAV file of one channel in 16 bits.")
    return sound


def _bands(window: int, rate_hz: int, bars: int) -> list[tuple[int, int]]:
    """Which values of the spectrum each bar shows: equal steps of pitch, at least one value each."""
    last = window // 2
    edges = np.geomspace(_LOWEST_HZ, min(_HIGHEST_HZ, rate_hz * 0.48), bars + 1) * window / rate_hz
    starts = [min(int(low), last) for low in edges[:-1]]
    return [
        (start, max(start + 1, min(int(high), last + 1)))
        for start, high in zip(starts, edges[1:], strict=True)
    ]
