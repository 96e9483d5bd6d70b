"""Where sentences and clauses end, as far as the written text tells."""

# ruff: noqa: RUF001 - look-alikes of ASCII marks are what this module is about

import re
from collections.abc import Iterator, Sequence

from surtitle.domain.transcript import Word
from surtitle.transcripts.abbreviations import ANYWHERE, abbreviations_in

OPENING_MARKS = frozenset("([{¿¡«“‘「『（【《〈")
CLOSING_MARKS = frozenset(")]}»”’\"'」』）】》〉")
SENTENCE_MARKS = frozenset(".?!。！？؟।｡")
CLAUSE_MARKS = frozenset(";:…—–；：؛")
COMMA_MARKS = frozenset(",、，،")

_INITIALS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")


def ends_sentence(text: str, following: str = "", language: str | None = None) -> bool:
    """Whether the word `text` closes a sentence where `following` comes next. Abbreviations (`Dr.`, `J.`) and
    `...` do not; some only before a figure (`No. 1`) or in a language (`8. Mai`). Nor does a full stop before
    a small letter.
    """
    bare = _without_closing_marks(text)
    if not bare or bare[-1] not in SENTENCE_MARKS or bare.endswith("..."):
        return False
    if bare[-1] != ".":
        return True
    stem, upcoming = _without_opening_marks(bare[:-1]), _without_opening_marks(following)
    return not (
        upcoming[:1].islower()
        or stem.lower() in ANYWHERE
        or (len(stem) == 1 and stem.isalpha() and stem.isascii())
        or _INITIALS.fullmatch(stem)
        or abbreviations_in(language).hold(stem, upcoming)
    )


def with_endings(words: Sequence[Word], language: str | None) -> Iterator[tuple[Word, bool]]:
    """The words of a segment, each with whether it closes a sentence."""
    following = (*(word.text for word in words[1:]), "")
    for word, upcoming in zip(words, following, strict=False):
        yield word, ends_sentence(word.text, upcoming, language)


def ends_clause(text: str) -> bool:
    """Whether `text` ends in a mark between a comma and a full stop: `;`, `:`, a dash, an ellipsis."""
    bare = _without_closing_marks(text)
    return bare.endswith("...") or bare[-1:] in CLAUSE_MARKS


def ends_with_comma(text: str) -> bool:
    return _without_closing_marks(text)[-1:] in COMMA_MARKS


def _without_opening_marks(text: str) -> str:
    return text.lstrip("".join(OPENING_MARKS) + "\"'")


def _without_closing_marks(text: str) -> str:
    return text.rstrip("".join(CLOSING_MARKS) + " ")
