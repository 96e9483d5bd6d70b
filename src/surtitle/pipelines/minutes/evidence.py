"""Whether the recording bears out what a language model wrote."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate

from surtitle.domain.minutes import Moment
from surtitle.engines.writing.claims import figures_of, figures_said, leads_away
from surtitle.pipelines.minutes.readings import Reading, keys_of

_WORD = re.compile(r"\w+")
_ELLIPSIS = re.compile(r"\s*(?:\[?\.{3,}\]?|\[?…\]?)\s*")
_SHORTEST_QUOTE_WORDS = 3
_LONGEST_QUOTE_SENTENCES = 4
# A claim may take up what was said around the words that it quotes.
_AROUND = 6
_STEM_LETTERS = 6


class Evidence:
    """Everything that was said, to hold claims against."""

    def __init__(self, readings: Sequence[Reading], language: str | None) -> None:
        """`language` is what the claims are written in."""
        self._readings = readings
        self._same_language = all(one.sentence.language == language for one in readings)
        texts = [_folded(one.sentence.text) for one in readings]
        self._starts = [0, *accumulate(len(text) + 1 for text in texts)]
        self._text = " " + " ".join(texts) + " "
        self._places = {one.index: place for place, one in enumerate(readings)}
        self._beginnings = {one.sentence.start_seconds: place for place, one in enumerate(readings)}
        self._speakers = {one.speaker for one in readings if one.speaker}

    def moments(self, quote: str, line: int) -> tuple[Moment, ...]:
        """Where `quote` is said, nearest to `line`; empty unless all of it is, word for word."""
        pieces = [_folded(piece) for piece in _ELLIPSIS.split(quote)]
        found: dict[int, None] = {}
        for piece in filter(None, pieces):
            places = self._said(piece, self._places.get(line, 0))
            if not places:
                return ()
            found.update(dict.fromkeys(places))
        return tuple(self._readings[place].sentence.moment for place in sorted(found))

    def bears_out(self, text: str, moments: Iterable[Moment]) -> bool:
        """Whether nothing in `text` was plainly made up: no link, and no figure and not every word of it that
        nobody says near the moments.
        """
        near = self._around(moments)
        if leads_away(text) or not _says_figures(text, near):
            return False
        return not self._same_language or self._shares_a_word(text, _folded(_spoken(near)))

    def is_title(self, text: str) -> bool:
        """The same of a heading, which stands for much that was said."""
        said = self._all_figures
        if leads_away(text) or (said is not None and not figures_of(text) <= said):
            return False
        return not self._same_language or self._shares_a_word(text, self._text)

    def who(self, name: str | None) -> str | None:
        """`name`, if there is such a speaker or somebody says it."""
        wanted = _folded(name or "")
        if not wanted or leads_away(name or ""):
            return None
        speaker = next((one for one in sorted(self._speakers) if _folded(one) == wanted), None)
        return speaker or (name if f" {wanted} " in self._text else None)

    def when(self, time: str | None, moments: Iterable[Moment]) -> str | None:
        """`time`, unless it names a figure or a word that nobody says near the moments."""
        near = self._around(moments)
        if not time or leads_away(time) or not _says_figures(time, near):
            return None
        said = set(_folded(_spoken(near)).split())
        return time if not self._same_language or set(_folded(time).split()) & said else None

    def _said(self, piece: str, wished: int) -> list[int]:
        """The sentences that hold `piece`, of all such places the nearest to sentence `wished`."""
        best: list[int] = []
        at = self._text.find(f" {piece} ")
        while at >= 0:
            first = bisect_right(self._starts, at) - 1
            last = bisect_right(self._starts, at + len(piece) - 1) - 1
            places = list(range(first, min(last, len(self._readings) - 1) + 1))
            if not best or abs(first - wished) < abs(best[0] - wished):
                best = places
            at = self._text.find(f" {piece} ", at + 1)
        if not best or len(best) > _LONGEST_QUOTE_SENTENCES:
            return []
        whole = _folded(" ".join(self._readings[place].sentence.text for place in best))
        return best if len(piece.split()) >= _SHORTEST_QUOTE_WORDS or piece == whole else []

    def _around(self, moments: Iterable[Moment]) -> list[Reading]:
        """What is said at the moments, shortly before and shortly after."""
        places: set[int] = set()
        for moment in moments:
            place = self._beginnings[moment.start_seconds]
            places.update(range(max(0, place - _AROUND), min(len(self._readings), place + _AROUND + 1)))
        return [self._readings[place] for place in sorted(places)]

    def _shares_a_word(self, text: str, said: str) -> bool:
        small = self._readings[0].wording.said | self._readings[0].common if self._readings else frozenset()
        words = [_folded(key) for key in keys_of(text, small)]
        # The beginning is enough: a plural, a tense.
        return not words or any(f" {word[:_STEM_LETTERS]}" in f" {said}" for word in words)

    @cached_property
    def _all_figures(self) -> set[str] | None:
        return figures_said(_spoken(self._readings), _languages(self._readings))


def _says_figures(text: str, near: Sequence[Reading]) -> bool:
    """Whether all figures of `text` are said; where numbers in words cannot be read, they may be."""
    wanted = figures_of(text)
    if not wanted:
        return True
    said = figures_said(_spoken(near), _languages(near))
    return said is None or wanted <= said


def _spoken(readings: Iterable[Reading]) -> str:
    return " ".join(f"{one.speaker or ''} {one.sentence.text}" for one in readings)


def _languages(readings: Sequence[Reading]) -> set[str]:
    return {one.sentence.language or "" for one in readings}


def _folded(text: str) -> str:
    """Words in small letters without accents and marks, one space between."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(_WORD.findall(letters))
