"""Spoken numbers in digits. What could be read in two ways stays in words.

text2num reads the numbers. It takes every figure for itself, so that a year ("nineteen eighty-four"), a
time ("ten thirty") or a telephone number comes as several numbers in a row: those are left alone.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from surtitle.transcripts.numbers.tokens import Replacement, Token, neighbours

# Up to nine, words read better, and "one", "neuf" and "second" are often no numbers at all.
_SMALLEST = 10
# From there on people write "2 million".
_TOO_LARGE = 1_000_000
# "One hundredth" is more often a part than a rank.
_LARGEST_RANK = 99
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?|\d+(?:st|nd|rd|th|ème|º|ª)")
_FRENCH_RANK = re.compile(r"ème$")

_PLURALS = frozenset({"hundreds", "thousands", "millions", "milliers", "cientos", "miles", "millones"})
# "A hundred and two" is not "a 102"; English alone says a word before each of these.
_NEVER_FIRST = {"en": {"hundred", "thousand"}}
# "Mille mercis", "mil gracias": alone they are a way to say many.
_NEVER_ALONE = frozenset({"cent", "cents", "mille", "cien", "ciento", "mil"})
_NOT_BESIDE = frozenset({"oh", "o", "half", "point", "virgule", "coma", "punto"})


class _Piece:
    """A token as text2num asks for it."""

    def __init__(self, token: Token, before: Token | None) -> None:
        self._text = token.core
        self._apart = bool(token.before) or (before is not None and bool(before.after))
        self._plural = token.core.lower() in _PLURALS

    def text(self) -> str:
        return self._text

    def nt_separated(self, _previous: "_Piece") -> bool:
        return self._apart

    def not_a_number_part(self) -> bool:
        return self._plural


def written(tokens: Sequence[Token], language: str) -> Iterator[Replacement]:
    """The numbers among `tokens` in digits; `language` is `en`, `fr` or `es`."""
    from text_to_num import find_numbers  # noqa: PLC0415 - most jobs need none of it

    pieces = [_Piece(token, before) for token, before in zip(tokens, [None, *tokens], strict=False)]
    found = find_numbers(pieces, language, 0.0)
    edges = {place for number in found for place in (number.start, number.end - 1)}
    for number in found:
        beside = list(neighbours(tokens, number.start, number.end))
        if not edges.isdisjoint(beside) or any(_goes_with_numbers(tokens[place]) for place in beside):
            continue
        words = [token.core.lower() for token in tokens[number.start : number.end]]
        if _is_plain(number, words, language):
            yield Replacement(number.start, number.end, _FRENCH_RANK.sub("e", number.text))


def _goes_with_numbers(token: Token) -> bool:
    return token.has_digit or token.core.lower() in _NOT_BESIDE


def _is_plain(number: Any, words: Sequence[str], language: str) -> bool:
    """Whether `number`, said as `words`, can be meant in one way only."""
    if not _NUMBER.fullmatch(number.text):
        return False
    if number.is_ordinal and (number.value > _LARGEST_RANK or words[-1].endswith("second")):
        # "A twenty second delay" is no twenty-second one.
        return False
    if words[0] in _NEVER_FIRST.get(language, ()) or (len(words) == 1 and words[0] in _NEVER_ALONE):
        return False
    return _SMALLEST <= number.value < _TOO_LARGE or not float(number.value).is_integer()
