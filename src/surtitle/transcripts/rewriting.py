"""A segment's text as a person wrote it anew, brought back to its words."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import groupby, islice

from surtitle.domain.time_shares import time_shares
from surtitle.domain.transcript import Segment, Word, join_words
from surtitle.transcripts.draft import Draft
from surtitle.transcripts.operations import RewriteSegment
from surtitle.transcripts.placing import times_in, wanted_seconds
from surtitle.transcripts.wording import parts_of, persons_word, reworded

# Two texts of a hundred words are compared word by word; a request may hold a thousand of them.
_MOST_COMPARED = 10_000

# New words with less of the time that they want than this share it with a neighbour.
_LEAST_SHARE = 0.25

_Run = tuple[Word, ...]
"""Words without a space between them: what a reader takes for one."""


def rewrite_segment(draft: Draft, wish: RewriteSegment) -> None:
    """Apply a `rewrite_segment`. Raises `ImpossibleEdit` for a text that nobody could read."""
    segment = draft.segment(wish.segment, "segment")
    parts = parts_of(wish.text, "text") if wish.text else []
    words = list(_rewritten(draft, segment, parts)) if parts else []
    draft.put(segment, _with_room(words, {word.id for word in segment.words}))


def _rewritten(draft: Draft, segment: Segment, parts: list[str]) -> Iterator[Word]:
    runs = list(_runs(segment.words))
    place = 0
    for old, new in _pairs([join_words(run) for run in runs], parts):
        words = [word for run in runs[old] for word in run]
        if not words:
            yield from _inserted(draft, segment, place, parts[new])
        elif len(runs[old]) == len(parts[new]):
            for run, part in zip(runs[old], parts[new], strict=True):
                yield from _respelt(draft, run, part)
        else:
            made = reworded(draft, words, parts[new], "text")
            yield from (replace(word, glued=False) for word in made)
        place += len(words)


def _runs(words: Sequence[Word]) -> Iterator[_Run]:
    run: list[Word] = []
    for word in words:
        if run and not word.glued:
            yield tuple(run)
            run = []
        run.append(word)
    yield tuple(run)


def _pairs(before: list[str], after: list[str]) -> Iterator[tuple[slice, slice]]:
    """What stays, what takes the place of what, and what is new, from the beginning to the end."""
    head = _alike(before, after)
    tail = _alike(before[head:][::-1], after[head:][::-1])
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    yield slice(0, head), slice(0, head)
    if len(old) * len(new) > _MOST_COMPARED:
        yield slice(head, head + len(old)), slice(head, head + len(new))
    else:
        for _tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            yield slice(head + i1, head + i2), slice(head + j1, head + j2)
    yield slice(len(before) - tail, len(before)), slice(len(after) - tail, len(after))


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many stand at the beginning of both."""
    pairs = zip(one, other, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _respelt(draft: Draft, run: _Run, part: str) -> Iterator[Word]:
    """The words of a run that is spelt `part` now: those at either end that it still has are left alone."""
    words = _spelt(draft, run, part)
    # What was glued to words that go must not stick to the run before.
    yield from (replace(word, glued=run[0].glued) for word in islice(words, 1))
    yield from words


def _spelt(draft: Draft, run: _Run, part: str) -> Iterator[Word]:
    first, last = 0, len(run)
    while first < last - 1 and part.startswith(run[first].text):
        part = part[len(run[first].text) :]
        first += 1
    while last - 1 > first and part.endswith(run[last - 1].text):
        last -= 1
        part = part[: len(part) - len(run[last].text)]
    yield from run[:first]
    yield from reworded(draft, run[first:last], [part] if part else [], "text")
    yield from run[last:]


def _inserted(draft: Draft, segment: Segment, place: int, parts: list[str]) -> Iterator[Word]:
    """New words, in the gap where they stand."""
    if not parts:
        return
    room = draft.room(segment, place, place)
    start, end = times_in(room, None, None, wanted_seconds(parts), at_end=place == 0)
    for text, (begins, ends) in zip(parts, time_shares(parts, start, end), strict=True):
        yield persons_word(draft, text, begins, ends, "text")


def _with_room(words: list[Word], old: AbstractSet[str]) -> list[Word]:
    """The words, where new ones that found no gap share the time of the one before them, or of the next."""
    placed = list(words)
    for is_old, group in groupby(range(len(words)), key=lambda place: words[place].id in old):
        if is_old:
            continue
        places = list(group)
        first, stop = places[0], places[-1] + 1
        has = placed[stop - 1].end_seconds - placed[first].start_seconds
        if has < _LEAST_SHARE * wanted_seconds([word.text for word in words[first:stop]]):
            first, stop = (first - 1, stop) if first else (first, min(stop + 1, len(words)))
            placed[first:stop] = _shared(placed[first:stop])
    return placed


def _shared(words: list[Word]) -> list[Word]:
    spans = time_shares([word.text for word in words], words[0].start_seconds, words[-1].end_seconds)
    return [
        replace(word, start_seconds=start, end_seconds=end)
        for word, (start, end) in zip(words, spans, strict=True)
    ]
