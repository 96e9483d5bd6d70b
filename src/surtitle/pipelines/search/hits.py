"""Where in a text the words stand that were looked for, be it with other endings. Pure."""

import re
from collections.abc import Collection, Sequence
from itertools import groupby, takewhile

from surtitle.pipelines.search.terms import Wanted, is_unspaced, terms_of

_RUN = re.compile(r"\w+")
# Of a word of some length, so much of its end may differ; of a short one, a letter.
_ENDING_LETTERS = 3
_STEM_LETTERS = 4


def pieces_of(text: str, looked_for: Wanted) -> Sequence[tuple[str, bool]]:
    """The text in its order, in pieces: each with whether it is a word that was looked for."""
    sought = {*looked_for.words, *(word for phrase in looked_for.phrases for word in phrase)}
    hits = bytearray(len(text))
    for run in _RUN.finditer(text):
        for start, end in _words(run):
            if any(_is_sought(term, sought) for term in terms_of(text[start:end])):
                hits[start:end] = b"\1" * (end - start)
    groups = groupby(range(len(text)), key=lambda at: hits[at])
    return [("".join(text[at] for at in places), bool(hit)) for hit, places in groups]


def _words(run: re.Match[str]) -> list[tuple[int, int]]:
    """Of a script without spaces every two neighbours are a word, as in the index."""
    if is_unspaced(run[0]) and len(run[0]) > 1:
        return [(at, at + 2) for at in range(run.start(), run.end() - 1)]
    return [run.span()]


def _is_sought(term: str, sought: Collection[str]) -> bool:
    return term in sought or any(_alike(term, one) for one in sought)


def _alike(one: str, other: str) -> bool:
    pairs = zip(one, other, strict=False)
    shared = sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], pairs))
    differing = max(len(one), len(other)) - shared
    if shared >= _STEM_LETTERS:
        return differing <= _ENDING_LETTERS
    return shared == _STEM_LETTERS - 1 and differing <= 1
