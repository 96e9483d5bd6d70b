"""How far word times are off, where the true ones are known.

The local voice speaks each word by itself; the words are put together with known pauses of 0.05 to 0.3 s into
sentences, 0.8 s apart. So where a word begins and ends is known to the sample, as it is not for natural
speech, whose words run into each other. The sides make word times (`word_timestamps=True`). A word counts
where its side heard it right; errors are absolute, in milliseconds.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import jiwer
import numpy as np

from benchmarks import sounds
from benchmarks.bare import HeardWord, Side, hear
from benchmarks.materials import Materials
from benchmarks.product import MODEL
from benchmarks.report import Report, progress
from benchmarks.sounds import SAMPLE_RATE_HZ, Sound
from benchmarks.utterances import spoken_alone

_SENTENCES = 40
_QUICK_SENTENCES = 4
_WORDS_IN_SENTENCE = (6, 12)
_PAUSE_SECONDS = (0.05, 0.3)
_SENTENCE_PAUSE_SECONDS = 0.8
_DECIBELS = -23.0
_LEAST_LETTERS = 4
_SEED = 11


def run(report: Report, materials: Materials) -> None:
    recording, said = spoken_words(materials)
    rows = []
    for side in Side:
        progress(f"word times: {side}")
        heard = hear(side, recording, model=MODEL, word_times=True).words
        rows.append((side.value, *_cells(*time_errors(said, heard), len(said))))
    report.table(
        ("side", "words", "start: median", "95th percentile", "end: median", "95th percentile"), rows
    )


def _cells(starts: Sequence[float], ends: Sequence[float], words: int) -> tuple[str, ...]:
    figures = [
        f"{np.percentile(errors, percent) * 1000:.0f}" for errors in (starts, ends) for percent in (50, 95)
    ]
    return f"{len(starts)} of {words}", *figures


def time_errors(said: list[HeardWord], heard: list[HeardWord]) -> tuple[list[float], list[float]]:
    """Seconds by which the starts and the ends of rightly heard words are off."""
    heard = [word for word in heard if _plain(word[0])]
    starts, ends = [], []
    for chunk in jiwer.process_words(_joined(said), _joined(heard)).alignments[0]:
        if chunk.type != "equal":
            continue
        true = said[chunk.ref_start_idx : chunk.ref_end_idx]
        for one, other in zip(true, heard[chunk.hyp_start_idx : chunk.hyp_end_idx], strict=True):
            starts.append(abs(one[1] - other[1]))
            ends.append(abs(one[2] - other[2]))
    return starts, ends


def _joined(words: list[HeardWord]) -> str:
    return " ".join(_plain(word[0]) for word in words)


def _plain(word: str) -> str:
    return re.sub(r"[^a-z]", "", word.lower())


def spoken_words(materials: Materials) -> tuple[Path, list[HeardWord]]:
    """The recording, and when each of its words is spoken."""
    progress("speaking words")
    rng = np.random.default_rng(_SEED)
    plain = sorted({_plain(word) for word in materials.text.split()})
    words = [word for word in plain if len(word) >= _LEAST_LETTERS]
    said, parts, now = [], [_pause(_SENTENCE_PAUSE_SECONDS)], _SENTENCE_PAUSE_SECONDS
    for _ in range(_QUICK_SENTENCES if materials.quick else _SENTENCES):
        chosen = rng.choice(words, size=rng.integers(*_WORDS_IN_SENTENCE), replace=False)
        pauses = [*rng.uniform(*_PAUSE_SECONDS, size=len(chosen) - 1), _SENTENCE_PAUSE_SECONDS]
        for word, pause_seconds in zip(map(str, chosen), pauses, strict=True):
            sound = sounds.at_level(spoken_alone(word, materials.folder), _DECIBELS)
            said.append((word, now, now + sound.size / SAMPLE_RATE_HZ))
            parts += [sound, _pause(pause_seconds)]
            now += (sound.size + parts[-1].size) / SAMPLE_RATE_HZ
    return sounds.write_wav(np.concatenate(parts), materials.folder / "words.wav"), said


def _pause(seconds: float) -> Sound:
    return np.zeros(round(seconds * SAMPLE_RATE_HZ), dtype=np.float32)
