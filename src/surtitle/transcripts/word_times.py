"""Sharing the time of one heard word among the words that it turns out to be."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from surtitle.domain.recognition import RecognizedWord


def shared_out(word: RecognizedWord, texts: Sequence[str]) -> Iterator[RecognizedWord]:
    """One word for each of `texts`, each with a share of `word`'s time by its length.

    The first follows what is before it as `word` did; a space stands before each of the others.
    """
    total = sum(map(len, texts))
    seconds_per_character = (word.end_seconds - word.start_seconds) / total if total else 0.0
    space = " " if word.text[:1].isspace() else ""
    start = word.start_seconds
    for position, text in enumerate(texts, 1):
        end = start + len(text) * seconds_per_character if position < len(texts) else word.end_seconds
        yield replace(word, text=space + text, start_seconds=round(start, 3), end_seconds=round(end, 3))
        start, space = end, " "
