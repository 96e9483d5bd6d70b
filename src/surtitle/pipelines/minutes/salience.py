"""The sentences that tell most of what a meeting was about."""

import math
from collections import Counter
from collections.abc import Sequence

from surtitle.pipelines.minutes.actions import is_action
from surtitle.pipelines.minutes.chapters import Stretch
from surtitle.pipelines.minutes.readings import Reading, alike

_FEWEST_SENTENCES = 4
_MOST_SENTENCES = 14
_SECONDS_A_SENTENCE = 240.0
_SHORT_WORDS = 8
_LONG_WORDS = 45
_SAME = 0.55


def salient(
    readings: Sequence[Reading], stretches: Sequence[Stretch], taken: Sequence[int]
) -> tuple[Reading, ...]:
    """In order: the best of every stretch, then the best of all. `taken` are told elsewhere in them."""
    if not readings:
        return ()
    seconds = readings[-1].sentence.end_seconds - readings[0].sentence.start_seconds
    wanted = min(_MOST_SENTENCES, max(_FEWEST_SENTENCES, round(seconds / _SECONDS_A_SENTENCE)))
    wanted = min(max(wanted, 2 * len(stretches)), _MOST_SENTENCES)
    scores = _scores(readings, stretches, frozenset(taken))
    best = [max(range(one.first, one.stop), key=lambda index: (scores[index], -index)) for one in stretches]
    best.sort(key=lambda index: -scores[index])
    ranked = [*best, *sorted(range(len(readings)), key=lambda index: (-scores[index], index))]
    chosen: list[int] = []
    for index in ranked:
        if len(chosen) == wanted:
            break
        new = all(alike(readings[index].keys, readings[other].keys) < _SAME for other in chosen)
        if scores[index] > 0 and new and index not in chosen:
            chosen.append(index)
    return tuple(readings[index] for index in sorted(chosen))


def _scores(readings: Sequence[Reading], stretches: Sequence[Stretch], taken: frozenset[int]) -> list[float]:
    spread = Counter(key for reading in readings for key in set(reading.keys))
    scores = [0.0] * len(readings)
    for stretch in stretches:
        part = readings[stretch.first : stretch.stop]
        counts = Counter(key for reading in part for key in reading.keys)
        for reading in part:
            # A word counts by how often this stretch says it, and less if the whole meeting does.
            weight = sum(
                (1 + math.log(counts[key])) * math.log(1 + len(readings) / spread[key])
                for key in set(reading.keys)
            )
            scores[reading.index] = _judged(reading, weight, is_taken=reading.index in taken)
    return scores


def _judged(reading: Reading, weight: float, *, is_taken: bool) -> float:
    words = len(reading.plain.split())
    # Luhn (1958) weighs a sentence by its telling words; the root keeps the long from winning by length.
    score = weight / math.sqrt(max(words, 1))
    if reading.wording.sums_up.search(reading.plain):
        return 10 * score + 10
    for applies, factor in (
        (words < _SHORT_WORDS, 0.4),
        (words > _LONG_WORDS, 0.8),
        (reading.is_question, 0.3),
        (is_taken, 0.35),
        (is_action(reading), 0.6),
        (reading.wording.proposes.search(reading.plain) is not None, 0.7),
        (reading.has_figure, 1.5),
        (reading.wording.small_talk.search(reading.plain) is not None, 0.2),
        (reading.wording.new_topic.search(reading.plain) is not None, 0.5),
    ):
        score *= factor if applies else 1.0
    return score
