"""What is said, cut into pages of even lines, each with its time."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from surtitle.domain.transcript import Word
from surtitle.pipelines.film.drawing.bidi import is_right_to_left
from surtitle.pipelines.film.drawing.breaking import Atom, Strip, broken
from surtitle.pipelines.film.drawing.fonts import Face
from surtitle.pipelines.film.drawing.text import Typesetter, row_of
from surtitle.transcripts.punctuation import ends_sentence

_LINES_A_PAGE = 2
# A page stays a moment after its last word, and comes a moment before its first.
_LINGER_SECONDS = 0.8
_EARLY_SECONDS = 0.08
_PAUSE_SECONDS = 0.7
_MOST_WORDS = 60
_WORD_SPACE = 1.3


@dataclass(frozen=True, slots=True)
class ShownWord:
    """A word on a page. `x` is from the left of its line, which lies in the middle."""

    word: Word
    x: float
    width: float
    line: int


@dataclass(frozen=True, slots=True)
class Page:
    """`words` in the order in which they are said."""

    start_seconds: float
    end_seconds: float
    words: tuple[ShownWord, ...]
    line_widths: tuple[float, ...]

    def lit_at(self, seconds: float) -> int | None:
        """Which word is being said, or just was."""
        starts = [shown.word.start_seconds for shown in self.words]
        number = bisect_right(starts, seconds) - 1
        if number < 0 or seconds >= self.words[number].word.end_seconds + _LINGER_SECONDS / 2:
            return None
        return number


class CaptionPages:
    """The pages of all `words`, at a size and for a width of line. They are set when they are first shown.

    No page goes over one of the `breaks`, in seconds, sorted: there another scene begins.
    """

    def __init__(
        self,
        words: Sequence[Word],
        setter: Typesetter,
        language: str,
        size: float,
        width: float,
        *,
        breaks: Sequence[float] = (),
    ) -> None:
        self._setter, self._language, self._size, self._room = setter, language, size, width
        self.space = setter.space(Face.CAPTION, size) * _WORD_SPACE
        self._pages = [page for sentence in _sentences(words, breaks) for page in self._cut(sentence)]
        self._starts = [page[0].start_seconds - _EARLY_SECONDS for page in self._pages]
        self._last: tuple[int, Page] | None = None

    def at(self, seconds: float) -> Page | None:
        number = bisect_right(self._starts, seconds) - 1
        if number < 0:
            return None
        if self._last is None or self._last[0] != number:
            self._last = (number, self._set(number))
        page = self._last[1]
        return page if seconds < page.end_seconds else None

    def natural_width(self, text: str) -> float:
        return self._setter.width(text, Face.CAPTION, self._size)

    def _cut(self, sentence: Sequence[Word]) -> list[list[Word]]:
        """A sentence in pages of equally long lines, so that no page holds a lonely word."""
        lines = self._lines(sentence)
        pages = -(-len(lines) // _LINES_A_PAGE)
        cuts = [round(len(lines) * page / pages) for page in range(pages + 1)]
        return [list(sentence[lines[first][0] : lines[last - 1][1]]) for first, last in pairwise(cuts)]

    def _lines(self, words: Sequence[Word]) -> list[tuple[int, int]]:
        return broken(self._strip(words), self._room, self._language) or [(0, len(words))]

    def _strip(self, words: Sequence[Word]) -> Strip:
        atoms = [Atom(word.text, glued=word.glued) for word in words]
        # A word wider than the room is drawn narrower.
        widths = [min(self.natural_width(word.text), self._room) for word in words]
        return Strip(atoms, widths, self.space)

    def _set(self, number: int) -> Page:
        words = self._pages[number]
        strip = self._strip(words)
        right_to_left = is_right_to_left(" ".join(word.text for word in words))
        shown: list[ShownWord] = []
        line_widths: list[float] = []
        for line, (start, end) in enumerate(self._lines(words)):
            line_widths.append(strip.width(start, end))
            row = sorted(row_of(strip, start, end, right_to_left=right_to_left))
            shown += [ShownWord(words[place], x, strip.widths[place], line) for place, x in row]
        upcoming = self._starts[number + 1] if number + 1 < len(self._starts) else float("inf")
        end_seconds = min(words[-1].end_seconds + _LINGER_SECONDS, upcoming)
        return Page(self._starts[number], end_seconds, tuple(shown), tuple(line_widths))


def _sentences(words: Sequence[Word], breaks: Sequence[float]) -> list[list[Word]]:
    """Words that are said in one go: up to a full stop, a pause or another scene."""
    sentences: list[list[Word]] = []
    for word in words:
        if not word.text.strip():
            continue
        if not sentences or _ends(sentences[-1], word) or _is_parted(sentences[-1][-1], word, breaks):
            sentences.append([])
        sentences[-1].append(word)
    return sentences


def _ends(current: Sequence[Word], following: Word) -> bool:
    if len(current) >= _MOST_WORDS:
        return True
    pause = following.start_seconds - current[-1].end_seconds > _PAUSE_SECONDS
    return not following.glued and (pause or ends_sentence(current[-1].text))


def _is_parted(word: Word, following: Word, breaks: Sequence[float]) -> bool:
    return bisect_right(breaks, word.start_seconds) < bisect_right(breaks, following.start_seconds)
