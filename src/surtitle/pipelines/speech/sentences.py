"""A text cut into sentences, none longer than an engine speaks well."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from surtitle.pipelines.speech.wording import wording_of

MOST_CHARACTERS = 350

_LINES = re.compile(r"\s*\n\s*")
_END = re.compile(r"[.!?…。\uff01\uff1f؟।]+[\"'»”\u2019)\]]*(?=\s|$)|[。\uff01\uff1f]")
_CLAUSE = re.compile(r"(?<=[,;:\u2013—、\uff0c\uff1b])\s*")
_LAST_TOKEN = re.compile(r"\S+$")
_INITIAL = re.compile(r"[^\W\d_]\.|(?:[^\W\d_]\.){2,}")
_RANK = re.compile(r"\d{1,3}\.")


@dataclass(frozen=True, slots=True)
class _Points:
    """Where a point ends no sentence."""

    abbreviations: frozenset[str] = frozenset()
    ranks: bool = False

    def holds(self, word: str) -> bool:
        if word in self.abbreviations or _INITIAL.fullmatch(word):
            return True
        return self.ranks and bool(_RANK.fullmatch(word))


def sentences_of(text: str, language: str) -> Iterator[str]:
    """In order, none blank. A line's end ends a sentence; the point of an abbreviation does not."""
    wording = wording_of(language)
    points = _Points(frozenset(wording.abbreviations), wording.ranks_end_in_a_point) if wording else _Points()
    for line in _LINES.split(text):
        for sentence in _in_line(line, points):
            yield from _short_enough(" ".join(sentence.split()))


def _in_line(line: str, points: _Points) -> Iterator[str]:
    start = 0
    for end in _END.finditer(line):
        if _goes_on(line, start, end, points):
            continue
        yield line[start : end.end()]
        start = end.end()
    if line[start:].strip():
        yield line[start:]


def _goes_on(line: str, start: int, end: re.Match[str], points: _Points) -> bool:
    """Whether the point belongs to an abbreviation, an initial or a rank."""
    following = line[end.end() :].lstrip()
    if following[:1].islower():
        return True
    if end[0] != "." or not following:
        return False
    token = _LAST_TOKEN.search(line[start : end.end()])
    if token is None:
        return False
    return points.holds(token[0].lstrip("(\"'«“„"))


def _short_enough(sentence: str) -> Iterator[str]:
    """A long one in clauses, a long clause in words, and what has no words by its characters."""
    if not sentence:
        return
    if len(sentence) <= MOST_CHARACTERS:
        yield sentence
        return
    pieces = [piece for clause in _CLAUSE.split(sentence) for piece in _words(clause)]
    gathered = ""
    for piece in pieces:
        if gathered and len(gathered) + 1 + len(piece) > MOST_CHARACTERS:
            yield gathered
            gathered = piece
        else:
            gathered = f"{gathered} {piece}" if gathered else piece
    if gathered:
        yield gathered


def _words(clause: str) -> Iterator[str]:
    if len(clause) <= MOST_CHARACTERS:
        yield clause
        return
    for word in clause.split():
        for start in range(0, len(word), MOST_CHARACTERS):
            yield word[start : start + MOST_CHARACTERS]
