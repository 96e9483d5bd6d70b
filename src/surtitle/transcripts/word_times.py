"""Sharing the time of one heard word among the words that it turns out to be."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from surtitle.domain.recognition import RecognizedWord
from surtitle.domain.time_shares import time_shares


def shared_out(word: RecognizedWord, texts: Sequence[str]) -> Iterator[RecognizedWord]:
    """One word for each of `texts`, each with a share of `word`'s time by its length.

    The first follows what is before it as `word` did; a space stands before each of the others.
    """
    space = " " if word.text[:1].isspace() else ""
    shares = time_shares(texts, word.start_seconds, word.end_seconds)
    for text, (start, end) in zip(texts, shares, strict=True):
        yield replace(word, text=space + text, start_seconds=start, end_seconds=end)
        space = " "
