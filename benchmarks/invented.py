"""Words that nobody said: an hour of silence, noise and music.

Twenty minutes each of silence (half of it digital, half with the faint hiss of a microphone), of noise as
loud as speech (white, pink, mains hum) and of synthetic music. Every word heard in it is invented.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks import sounds
from benchmarks.bare import Side, hear
from benchmarks.materials import Materials
from benchmarks.product import MODEL
from benchmarks.report import Report, progress
from benchmarks.scoring import count_words
from benchmarks.sounds import SAMPLE_RATE_HZ, Sound

_MINUTES = 20
_QUICK_MINUTES = 0.5
_HISS_DECIBELS = -70.0
_SPEECH_DECIBELS = -23.0
_SEED = 3


def run(report: Report, materials: Materials) -> None:
    minutes = _QUICK_MINUTES if materials.quick else _MINUTES
    recordings = {name: _made(name, minutes, materials.folder) for name in _KINDS}
    rows, invented = [], {}
    for side in Side:
        counts = []
        for name, path in recordings.items():
            progress(f"{name}: {side}")
            counts.append(count_words(hear(side, path, model=MODEL).text))
        invented[side] = sum(counts)
        rows.append((side.value, *map(str, counts), str(invented[side])))
    report.table(("side", *(f"{name}, {minutes:g} min" for name in recordings), "words invented"), rows)
    ours = invented[Side.ENGINE]
    report.aim("no word where nobody speaks", f"{ours} words", met=ours == 0)


def _made(name: str, minutes: float, folder: Path) -> Path:
    samples = int(minutes * 60 * SAMPLE_RATE_HZ)
    sound = _KINDS[name](np.random.default_rng(_SEED), samples)
    return sounds.write_wav(sound, folder / f"nobody-{name}.wav")


def _silence(rng: np.random.Generator, samples: int) -> Sound:
    hiss = sounds.at_level(sounds.white(rng, samples // 2), _HISS_DECIBELS)
    return np.concatenate([np.zeros(samples - hiss.size, dtype=np.float32), hiss])


def _noise(rng: np.random.Generator, samples: int) -> Sound:
    kinds = (sounds.white, sounds.pink, sounds.hum)
    return np.concatenate(
        [sounds.at_level(kind(rng, samples // len(kinds)), _SPEECH_DECIBELS) for kind in kinds]
    )


def _music(rng: np.random.Generator, samples: int) -> Sound:
    return sounds.at_level(sounds.music(rng, samples), _SPEECH_DECIBELS)


_KINDS: dict[str, Callable[[np.random.Generator, int], Sound]] = {
    "silence": _silence,
    "noise": _noise,
    "music": _music,
}
