"""The phrases that a meeting keeps coming back to."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from surtitle.pipelines.minutes.readings import Reading, folded

_TOKEN = re.compile(r"[^\W_]+|[^\w\s]")
_LONGEST = 3
_SHORTEST_LETTERS = 3


def key_phrases_in(readings: Sequence[Reading], count: int) -> tuple[str, ...]:
    """At most `count`, the weightiest first: often said, by several words, in several places."""
    forms: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    places: dict[tuple[str, ...], set[int]] = defaultdict(set)
    for reading in readings:
        for phrase in _phrases(reading):
            key = tuple(folded(word.lower()) for word in phrase)
            forms[key][" ".join(phrase)] += 1
            places[key].add(reading.index)
    weights = {key: _weight(len(places[key]), len(key)) for key in forms}
    ranked = sorted(weights, key=lambda key: (-weights[key], min(places[key]), key))
    chosen: list[tuple[str, ...]] = []
    for key in ranked:
        if not any(set(key) & set(known) for known in chosen):
            chosen.append(key)
        if len(chosen) == count:
            break
    return tuple(_written(forms[key]) for key in chosen)


def _weight(places: int, words: int) -> float:
    """Several words say more than one, but what is said once is nothing that a meeting comes back to."""
    return places * (1 + 0.9 * (words - 1)) * (0.4 if places == 1 else 1.0)


def _written(forms: Counter[str]) -> str:
    """The form that is used most; of several the first in the alphabet, small letters last."""
    return min(forms, key=lambda form: (-forms[form], form))


def _phrases(reading: Reading) -> Iterator[tuple[str, ...]]:
    """Every run of up to three telling words, and two that a small word links (étude de sol)."""
    without = reading.wording.said | reading.common
    tokens = _TOKEN.findall(reading.plain)
    for start, token in enumerate(tokens):
        if not _tells(token, without):
            continue
        yield (token,)
        for end in range(start + 2, min(start + _LONGEST, len(tokens)) + 1):
            run = tokens[start:end]
            if _tells(run[-1], without) and all(
                _tells(word, without) or word.lower() in reading.wording.links for word in run
            ):
                yield tuple(run)


def _tells(token: str, without: frozenset[str]) -> bool:
    return token.lower() not in without and len(token) >= _SHORTEST_LETTERS and token.isalpha()
