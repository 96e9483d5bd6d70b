"""The transcript as the stream of pieces between which a line may break."""

# ruff: noqa: RUF001 - East Asian look-alikes of ASCII marks are meant

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from surtitle.domain.time_shares import time_shares
from surtitle.domain.transcript import Segment, Transcript, Word, join_words
from surtitle.pipelines.subtitles.measure import pieces_of_width, text_width
from surtitle.transcripts.cuts import is_cut_by_a_machine, is_cut_by_a_person
from surtitle.transcripts.punctuation import CLOSING_MARKS, COMMA_MARKS, OPENING_MARKS, SENTENCE_MARKS

# Japanese line breaking (kinsoku shori, JIS X 4051): these begin no line.
_NO_LINE_START = (
    CLOSING_MARKS
    | COMMA_MARKS
    | SENTENCE_MARKS
    | frozenset("…‥:;：；・ー々〻ゝゞ%％°—–ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ")
)
# Scripts written without spaces, where a line may break between any two words.
_UNSPACED_SCRIPTS = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN")
# Recognisers stretch the last word before a silence over the silence: nobody takes longer than this.
_LONGEST_WORD_MS = 1000
_LONGEST_CHARACTER_MS = 150


@dataclass(slots=True)
class Token:
    """Words that stay together on one line: one as a rule. Times are milliseconds.

    `end_ms` is when its sound plausibly ends, at most the end that the recogniser gave.
    """

    words: list[Word]
    language: str | None
    speaker: str | None
    opens_segment: bool
    opens_cue: bool = False
    """Whether a person wants a cue to begin here."""
    text: str = field(init=False)
    width: int = field(init=False)
    start_ms: int = field(init=False)
    end_ms: int = field(init=False)

    def __post_init__(self) -> None:
        self.text = join_words(tuple(self.words))
        self.width = text_width(self.text)
        self.start_ms = milliseconds(self.words[0].start_seconds)
        longest_ms = _LONGEST_WORD_MS + _LONGEST_CHARACTER_MS * self.width
        self.end_ms = min(milliseconds(self.words[-1].end_seconds), self.start_ms + longest_ms)

    @property
    def space_before(self) -> int:
        """Width of the space that parts it from the token before on the same line."""
        return 0 if self.words[0].glued else 1


def milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def tokens_of(transcript: Transcript, max_width: int) -> list[Token]:
    """All words in order, none wider than `max_width`.

    A word too long for a line becomes several, each with the word's id and its share of the time.
    """
    tokens: list[Token] = []
    for segment in transcript.segments:
        language = transcript.written_in(segment)
        for position, group in enumerate(_groups(_fitting_words(segment, max_width), max_width)):
            # Where a machine heard two voices in one sentence, and they were one, nothing new begins.
            opens = position == 0 and not is_cut_by_a_machine(segment.id)
            cut = opens and is_cut_by_a_person(segment.id)
            tokens.append(Token(group, language, segment.speaker, opens_segment=opens, opens_cue=cut))
    return tokens


def _groups(words: Iterable[Word], max_width: int) -> Iterator[list[Word]]:
    group: list[Word] = []
    for word in words:
        if group and not (_inseparable(group[-1], word) and _fits(group, word, max_width)):
            yield group
            group = []
        group.append(word)
    if group:
        yield group


def _fits(group: list[Word], word: Word, max_width: int) -> bool:
    return text_width(join_words((*group, word))) <= max_width


def _inseparable(previous: Word, word: Word) -> bool:
    if all(character in _NO_LINE_START for character in word.text):
        return True
    if all(character in OPENING_MARKS for character in previous.text):
        return True
    if not word.glued:
        return False
    first, last = word.text[0], previous.text[-1]
    if first in _NO_LINE_START or last in OPENING_MARKS:
        return True
    return not (_is_unspaced(first) or _is_unspaced(last))


def _is_unspaced(character: str) -> bool:
    if character.isascii():
        return False
    return character in _NO_LINE_START or unicodedata.name(character, "").startswith(_UNSPACED_SCRIPTS)


def _fitting_words(segment: Segment, max_width: int) -> Iterator[Word]:
    for word in segment.words:
        if text_width(word.text) <= max_width:
            yield word
        else:
            yield from _cut(word, max_width)


def _cut(word: Word, max_width: int) -> Iterator[Word]:
    pieces = list(pieces_of_width(word.text, max_width))
    glued = word.glued
    for piece, (start, end) in zip(
        pieces, time_shares(pieces, word.start_seconds, word.end_seconds), strict=True
    ):
        yield replace(word, text=piece, start_seconds=start, end_seconds=end, glued=glued)
        # Each piece is as wide as a line, so that it stays a token of its own.
        glued = True
