"""Known words matched to what a recogniser heard of them, to learn when each is spoken.

Both sides are compared letter by letter (case, accents and marks left out), so that "seventy five" finds
"seventy-five", and a word that was misheard still lies between its neighbours.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate

from surtitle.engines.protocols import WordTimes

# With fewer of the letters found, what was heard is something else.
_LEAST_FOUND = 0.5


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word as recognised, with its time."""

    text: str
    start_seconds: float
    end_seconds: float


def aligned(said: Sequence[str], heard: Sequence[HeardWord], guess: WordTimes) -> WordTimes | None:
    """When each word of `said` is spoken; None where what was heard is not it.

    `guess` are times to fall back on for words of which no letter was found, between those that were.
    """
    letters = [_letters(word) for word in said]
    known, found = "".join(letters), "".join(_letters(word.text) for word in heard)
    matcher = SequenceMatcher(None, known, found, autojunk=False)
    pairs = {
        block.a + offset: block.b + offset
        for block in matcher.get_matching_blocks()
        for offset in range(block.size)
    }
    if not known or len(pairs) < _LEAST_FOUND * len(known):
        return None
    moments = _Moments(heard)
    times: list[tuple[float, float] | None] = []
    start = 0
    for word in letters:
        mine = [pairs[place] for place in range(start, start + len(word)) if place in pairs]
        times.append((moments.start_of(mine[0]), moments.end_of(mine[-1])) if mine else None)
        start += len(word)
    return tuple(_in_order(_filled(times, guess)))


class _Moments:
    """When each letter of all that was heard is spoken."""

    def __init__(self, heard: Sequence[HeardWord]) -> None:
        self._words = [(word, len(_letters(word.text))) for word in heard]
        self._words = [(word, count) for word, count in self._words if count]
        self._starts = [0, *accumulate(count for _, count in self._words)]

    def start_of(self, letter: int) -> float:
        return self._at(letter, 0)

    def end_of(self, letter: int) -> float:
        return self._at(letter, 1)

    def _at(self, letter: int, side: int) -> float:
        number = bisect_right(self._starts, letter) - 1
        word, count = self._words[number]
        share = (letter - self._starts[number] + side) / count
        return word.start_seconds + share * (word.end_seconds - word.start_seconds)


def _filled(times: Sequence[tuple[float, float] | None], guess: WordTimes) -> Iterator[tuple[float, float]]:
    """Words that were not found keep their guess, moved as their last neighbour that was found."""
    moved = 0.0
    for found, guessed in zip(times, guess, strict=True):
        if found is not None:
            moved = found[1] - guessed[1]
            yield found
        else:
            yield guessed[0] + moved, guessed[1] + moved


def _in_order(times: Iterator[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    before = 0.0
    for start, end in times:
        start = max(start, before)  # noqa: PLW2901
        before = max(start, end)
        yield start, before


def _letters(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(character for character in plain if character.isalnum())
