"""How far the captions of films are off the voice, where the true times are known.

The recording of `word_times`: words spoken one by one, put together with known pauses. The words of a film
get their times in three ways: from a recording that is heard (audiograms, uploaded voices), from a
narration whose words are known and listened to (voices that do not tell their times), and shared out by
letters where no model is there to listen. The local English voice tells its own times; nothing is estimated
there. Errors are absolute, in milliseconds, of the moment when a word lights up.
"""

from collections.abc import Sequence

import numpy as np

from benchmarks.bare import HeardWord as Timed
from benchmarks.bare import Side, hear
from benchmarks.materials import Materials
from benchmarks.product import MODEL
from benchmarks.report import Report, progress
from benchmarks.word_times import spoken_words, time_errors
from surtitle.pipelines.speech.alignment import HeardWord, aligned
from surtitle.pipelines.speech.placing import proportional

# Between sentences there is a longer pause than between words.
_BETWEEN_SENTENCES_SECONDS = 0.5
_REACH_SECONDS = 0.3


def run(report: Report, materials: Materials) -> None:
    recording, said = spoken_words(materials)
    progress("listening")
    heard = hear(Side.ENGINE, recording, model=MODEL, word_times=True).words
    sides = {
        "a recording, heard": heard,
        "a narration, listened to": _narrated(said, heard),
        "a narration, shared out by letters": _narrated(said, ()),
    }
    rows = []
    for side, words in sides.items():
        starts, _ = time_errors(said, list(words))
        median, high = (f"{np.percentile(starts, percent) * 1000:.0f}" for percent in (50, 95))
        rows.append((side, f"{len(starts)} of {len(said)}", median, high))
    report.table(("words from", "words", "median, ms", "95th percentile, ms"), rows)


def _narrated(said: Sequence[Timed], heard: Sequence[Timed]) -> list[Timed]:
    """As a film's narration times its words, sentence by sentence."""
    timed: list[Timed] = []
    for sentence in _sentences(said):
        start, end = sentence[0][1], sentence[-1][2]
        words = [word for word, _, _ in sentence]
        times = proportional(" ".join(words), end - start)
        near = [
            HeardWord(word, first - start, last - start)
            for word, first, last in heard
            if start - _REACH_SECONDS <= (first + last) / 2 <= end + _REACH_SECONDS
        ]
        times = aligned(words, near, times) or times
        placed = zip(words, times, strict=True)
        timed += [(word, start + first, start + last) for word, (first, last) in placed]
    return timed


def _sentences(said: Sequence[Timed]) -> list[list[Timed]]:
    found: list[list[Timed]] = []
    for word in said:
        if not found or word[1] - found[-1][-1][2] > _BETWEEN_SENTENCES_SECONDS:
            found.append([])
        found[-1].append(word)
    return found
