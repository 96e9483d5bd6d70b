"""Two rankings made one, by reciprocal ranks (Cormack, Clarke and Büttcher, SIGIR 2009).

Unlike theirs, a place among the words counts by how much of the question is said there: that one word of
seven was found tells little against a moment that means the same. Measured on the questions of the benchmark
`search`: 71 % of the answers among the first five without it, 74 % with it.
"""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from surtitle.pipelines.search.terms import folded, is_unspaced, terms_of

# Their 60 is for lists of hundreds; here the first places are to count.
_CONSTANT = 20.0
_WORDS_WEIGHT = 2.0
_ENDING_LETTERS = 3
_LEAST_LETTERS = 4


def fused(by_words: Sequence[tuple[int, float]], by_meaning: Sequence[int]) -> list[int]:
    """Ids of both rankings, the best first. With each of `by_words` goes the share of the question's words
    that are said there, 0..1.
    """
    scores: dict[int, float] = {}
    for rank, (one, share) in enumerate(by_words, start=1):
        scores[one] = _WORDS_WEIGHT * share**2 / (_CONSTANT + rank)
    for rank, one in enumerate(by_meaning, start=1):
        scores[one] = scores.get(one, 0.0) + 1 / (_CONSTANT + rank)
    return sorted(scores, key=lambda one: -scores[one])


def said_share(words: Collection[str], text: str) -> float:
    """How many of the words, 0..1, are said in `text`, be it with another ending."""
    if not words:
        return 1.0
    said = folded(text)
    if is_unspaced(said):
        said = " ".join(terms_of(text))
    # Sixty moments a question are looked at: what stands nowhere needs no pattern.
    return sum(_beginning(word) in said and bool(_forms(word).search(said)) for word in words) / len(words)


def _beginning(word: str) -> str:
    return word[: max(_LEAST_LETTERS, len(word) - _ENDING_LETTERS)]


@lru_cache(maxsize=1_000)
def _forms(word: str) -> re.Pattern[str]:
    """The word with any ending that is at most three letters longer than its own, in folded text."""
    beginning = _beginning(word)
    most = 0 if len(word) < _LEAST_LETTERS else len(word) - len(beginning) + _ENDING_LETTERS
    letter = r"[^\W_]"
    return re.compile(f"(?<!{letter}){re.escape(beginning)}{letter}{{0,{most}}}(?!{letter})")
