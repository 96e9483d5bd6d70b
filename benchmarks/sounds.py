"""Synthetic sound: noises, music, a telephone line. All is float32 mono at 16 kHz, shape `(samples,)`,
and the same generator state gives the same sound.
"""

import wave
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

SAMPLE_RATE_HZ = 16_000
Sound = npt.NDArray[np.float32]

_HUM_HZ = 50
_TELEPHONE_BAND_HZ = (300, 3400)
_MU = 255
"""Of the mu-law curve, ITU-T G.711."""
_SCALE_HZ = (220.0, 246.9, 277.2, 329.6, 370.0, 440.0, 493.9, 554.4)
"""A pentatonic scale on A, so that random notes make no discord."""
_NOTE_SECONDS = 0.4
_BABBLERS = 6


def level(sound: Sound) -> float:
    """Root mean square; 1.0 is full scale."""
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) if sound.size else 0.0


def at_level(sound: Sound, decibels: float) -> Sound:
    """`sound` made louder or quieter until its root mean square is `decibels` below full scale."""
    found = level(sound)
    return (sound * (10 ** (decibels / 20) / found)).astype(np.float32) if found else sound


def white(rng: np.random.Generator, samples: int) -> Sound:
    return rng.standard_normal(samples, dtype=np.float32)


def pink(rng: np.random.Generator, samples: int) -> Sound:
    """Power falls by 3 dB an octave, as in wind, traffic and air conditioning."""
    spectrum = np.fft.rfft(white(rng, samples))
    spectrum /= np.sqrt(np.maximum(np.arange(spectrum.size), 1))
    return np.fft.irfft(spectrum, samples).astype(np.float32)


def hum(rng: np.random.Generator, samples: int) -> Sound:
    """Mains hum with its overtones."""
    time = np.arange(samples) / SAMPLE_RATE_HZ
    overtones = range(1, 8)
    phases = rng.uniform(0, 2 * np.pi, len(overtones))
    sound = np.zeros(samples, dtype=np.float32)
    for number, phase in zip(overtones, phases, strict=True):
        sound += np.sin(2 * np.pi * _HUM_HZ * number * time + phase) / number
    return sound


def babble(rng: np.random.Generator, samples: int, voices: list[Sound]) -> Sound:
    """Many people at once, played backwards: it sounds like speech and holds no words."""
    talk = np.concatenate(voices)[::-1]
    sound = np.zeros(samples, dtype=np.float32)
    for _ in range(_BABBLERS):
        sound += np.resize(np.roll(talk, rng.integers(talk.size)), samples)
    return sound


def music(rng: np.random.Generator, samples: int) -> Sound:
    """Plucked notes of a pentatonic scale over a slow drone."""
    note_samples = int(_NOTE_SECONDS * SAMPLE_RATE_HZ)
    time = np.arange(note_samples) / SAMPLE_RATE_HZ
    fading = np.exp(-5 * time) * np.minimum(time / 0.01, 1)
    notes = [
        fading * np.sum([np.sin(2 * np.pi * pitch * number * time) / number for number in (1, 2, 3)], axis=0)
        for pitch in rng.choice(_SCALE_HZ, size=samples // note_samples + 1)
    ]
    sound: Sound = np.concatenate(notes)[:samples].astype(np.float32)
    sound += 0.3 * np.sin(2 * np.pi * _SCALE_HZ[0] / 2 * np.arange(samples) / SAMPLE_RATE_HZ)
    return sound


def over_telephone(sound: Sound) -> Sound:
    """The band of an 8 kHz line, in the 8-bit steps of mu-law."""
    spectrum = np.fft.rfft(sound)
    pitches_hz = np.fft.rfftfreq(sound.size, 1 / SAMPLE_RATE_HZ)
    low, high = _TELEPHONE_BAND_HZ
    spectrum[(pitches_hz < low) | (pitches_hz > high)] = 0
    band = np.clip(np.fft.irfft(spectrum, sound.size), -1, 1)
    steps = np.round(np.sign(band) * np.log1p(_MU * np.abs(band)) / np.log1p(_MU) * 127) / 127
    return np.asarray(np.sign(steps) * np.expm1(np.abs(steps) * np.log1p(_MU)) / _MU, dtype=np.float32)


def write_wav(sound: Sound, path: Path) -> Path:
    """16-bit mono."""
    return write_parts([sound], path)


def write_parts(parts: Iterable[Sound], path: Path) -> Path:
    """One after another into one file, 16-bit mono; only one of them is in memory."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        for part in parts:
            file.writeframes(np.round(np.clip(part, -1, 1) * 32767).astype("<i2").tobytes())
    return path
