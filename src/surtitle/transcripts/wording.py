"""New text for words that are there: who keeps its id, and how time is shared out."""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from surtitle.domain.time_shares import time_shares
from surtitle.domain.transcript import PERSON, Word
from surtitle.transcripts.draft import Draft
from surtitle.transcripts.errors import ImpossibleEdit

_INVISIBLE = frozenset({"Cf", "Zs", "Mn", "Me"})


def parts_of(text: str, field: str) -> list[str]:
    """The words in a text that a person wrote. Raises `ImpossibleEdit` when nothing in it can be seen."""
    parts = [part for part in text.split() if any(unicodedata.category(c) not in _INVISIBLE for c in part)]
    if not parts:
        raise ImpossibleEdit(
            "the text holds nothing that can be read; to take words out, delete them.", field
        )
    return parts


def reworded(draft: Draft, words: Sequence[Word], parts: Sequence[str], field: str) -> list[Word]:
    """`words` with the texts `parts`: ids are kept in order, new words get new ones.

    As many parts as words keep their times; otherwise the time of all is shared out by length. A word
    whose text stays is still its engine's; the others are a person's. With no parts nothing is left.
    """
    if len(parts) == len(words):
        return [_as(draft, word, text, field) for word, text in zip(words, parts, strict=True)]
    for gone in words[len(parts) :]:
        if parts:
            draft.kin[gone.id] = words[len(parts) - 1].id
    spans = time_shares(parts, words[0].start_seconds, words[-1].end_seconds)
    made = []
    for number, (text, (start, end)) in enumerate(zip(parts, spans, strict=True)):
        if number < len(words):
            kept = replace(_as(draft, words[number], text, field), start_seconds=start, end_seconds=end)
        else:
            kept = persons_word(draft, text, start, end, field)
            draft.kin[kept.id] = words[-1].id
        made.append(kept)
    return made


def persons_word(draft: Draft, text: str, start_seconds: float, end_seconds: float, field: str) -> Word:
    """A new word with a new id."""
    return Word(draft.new_word_id(), draft.written(text, field), start_seconds, end_seconds, origin=PERSON)


def _as(draft: Draft, word: Word, text: str, field: str) -> Word:
    if text == word.text:
        return word
    return replace(word, text=draft.written(text, field), confidence=None, origin=PERSON)
