"""A text cut into sentences, none longer than an engine speaks well."""

import re
from collections.abc import Iterator

from surtitle.pipelines.speech.wording import wording_of
from surtitle.pipelines.speech.wording.wording import Wording

MOST_CHARACTERS = 350

_LINES = re.compile(r"\s*\n\s*")
_END = re.compile(r"[.!?…。\uff01\uff1f؟।]+[\"'»”\u2019)\]]*(?=\s|$)|[。\uff01\uff1f]")
_CLAUSE = re.compile(r"(?<=[,;:\u2013—、\uff0c\uff1b])\s*")
_LAST_TOKEN = re.compile(r"\S+$")
_INITIAL = re.compile(r"[^\W\d_]\.|(?:[^\W\d_]\.){2,}")
_RANK = re.compile(r"\d{1,3}\.")


def sentences_of(text: str, language: str) -> Iterator[str]:
    """In order, none blank. A line's end ends a sentence; the point of an abbreviation does not."""
    wording = wording_of(language)
    for line in _LINES.split(text):
        for sentence in _in_line(line, wording):
            yield from _short_enough(" ".join(sentence.split()))


def _in_line(line: str, wording: Wording | None) -> Iterator[str]:
    start = 0
    for end in _END.finditer(line):
        if _goes_on(line, start, end, wording):
            continue
        yield line[start : end.end()]
        start = end.end()
    if line[start:].strip():
        yield line[start:]


def _goes_on(line: str, start: int, end: re.Match[str], wording: Wording | None) -> bool:
    """Whether the point belongs to an abbreviation, an initial or a rank."""
    following = line[end.end() :].lstrip()
    if following[:1].islower():
        return True
    if end[0] != "." or not following:
        return False
    token = _LAST_TOKEN.search(line[start : end.end()])
    if token is None:
        return False
    word = token[0].lstrip("(\"'«“„")
    if _INITIAL.fullmatch(word):
        return True
    if wording is None:
        return False
    return wording.abbreviates(word, following) or (
        wording.ranks_end_in_a_point and _RANK.fullmatch(word) is not None
    )


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
