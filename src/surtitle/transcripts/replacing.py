"""Find and replace over the text of segments, word by word underneath."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from surtitle.domain.transcript import Segment, Word, join_words
from surtitle.transcripts.draft import Draft
from surtitle.transcripts.errors import ImpossibleEdit
from surtitle.transcripts.operations import ReplaceText
from surtitle.transcripts.wording import parts_of, reworded


@dataclass(frozen=True, slots=True)
class _Hit:
    """Words `[start, stop)` of a segment that matches lie in, and what they say afterwards."""

    start: int
    stop: int
    text: str


def replace_text(draft: Draft, wish: ReplaceText) -> None:
    """Apply a `replace_text`. Raises `ImpossibleEdit` when the text is nowhere to be found."""
    if not wish.find:
        raise ImpossibleEdit("the text to find is empty.", "find")
    pattern = _pattern(wish)
    found = False
    for segment_id in draft.segment_ids if wish.segments is None else wish.segments:
        segment = draft.segment(segment_id, "segments")
        hits = list(_hits(segment, pattern, wish.replace))
        if hits:
            found = True
            _rewrite(draft, segment, hits)
    if not found:
        raise ImpossibleEdit(f"{wish.find[:60]!r} is nowhere to be found.", "find")


def _pattern(wish: ReplaceText) -> re.Pattern[str]:
    # Literal text and two fixed look-arounds: there is nothing in it that could backtrack.
    literal = re.escape(wish.find)
    whole = rf"(?<!\w){literal}(?!\w)" if wish.whole_words else literal
    return re.compile(whole, 0 if wish.match_case else re.IGNORECASE)


def _hits(segment: Segment, pattern: re.Pattern[str], replacement: str) -> Iterator[_Hit]:
    text = join_words(segment.words)
    matches = deque((match.start(), match.end()) for match in pattern.finditer(text))
    if not matches:
        return
    spans = list(_spans(segment.words))
    word = 0
    while matches:
        begin, _ = matches[0]
        while spans[word][1] <= begin:
            word += 1
        start, stop = word, word + 1
        group: list[tuple[int, int]] = []
        # Matches that share a word are rewritten together.
        while matches and matches[0][0] < spans[stop - 1][1]:
            group.append(matches.popleft())
            while stop < len(spans) and spans[stop][0] < group[-1][1]:
                stop += 1
        yield _Hit(start, stop, _replaced(text, spans[start][0], spans[stop - 1][1], group, replacement))
        word = stop


def _spans(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Where each word stands in the joined text."""
    position = 0
    for number, word in enumerate(words):
        position += number > 0 and not word.glued
        yield position, position + len(word.text)
        position += len(word.text)


def _replaced(text: str, begin: int, end: int, matches: list[tuple[int, int]], replacement: str) -> str:
    pieces = []
    for start, stop in matches:
        pieces += [text[begin:start], replacement]
        begin = stop
    return "".join([*pieces, text[begin:end]])


def _rewrite(draft: Draft, segment: Segment, hits: list[_Hit]) -> None:
    before = list(segment.words)
    words: list[Word] = []
    done = 0
    for hit in hits:
        made = _made(draft, before[hit.start : hit.stop], hit.text)
        words += [*before[done : hit.start], *made]
        # What was glued to words that go must not stick to the one before them.
        sticks = bool(made) or before[hit.start].glued
        if hit.stop < len(before) and (hit.text[-1:].isspace() or not sticks):
            before[hit.stop] = replace(before[hit.stop], glued=False)
        done = hit.stop
    draft.put(segment, [*words, *before[done:]])


def _made(draft: Draft, words: Sequence[Word], text: str) -> list[Word]:
    """`words` that say `text` now, with a space before each one where the text has one."""
    parts = parts_of(text, "replace") if text.strip() else []
    made = reworded(draft, words, parts, "replace")
    glued = words[0].glued and not text[:1].isspace()
    return [replace(word, glued=glued and number == 0) for number, word in enumerate(made)]
