"""Where lines break: even lines, no word left alone at the end, none that clings to the next cut from it."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from surtitle.pipelines.subtitles.function_words import function_words
from surtitle.transcripts.punctuation import CLOSING_MARKS, COMMA_MARKS, OPENING_MARKS, SENTENCE_MARKS

# In shares of a line's width, squared: what a bad end costs beside uneven lines.
_LONELY = 0.5
_CLINGS = 0.08
_UNIT = 0.3
_NO_LINE_START = CLOSING_MARKS | COMMA_MARKS | SENTENCE_MARKS
_NEVER = float("inf")
# What stands behind a figure and is read with it: a sign, or the short name of a unit.
_UNITS = re.compile(
    r"(?:[%‰€$£¥°]|(?:km|cm|mm|kg|mg|ml|kW|MW|GW|kB|MB|GB|TB|Hz|min|[mgslhWVA])(?:/[a-z]+)?\b[.,;:!?]?$)"
)


@dataclass(frozen=True, slots=True)
class Atom:
    """What stays whole: a word, or one character where words are not parted. `glued`: no space before it."""

    text: str
    glued: bool = False


def atoms_of(text: str) -> list[Atom]:
    """`text` cut between words, and between the characters of Chinese and Japanese."""
    atoms: list[Atom] = []
    for word in text.split():
        atoms += [Atom(part, glued=position > 0) for position, part in enumerate(_parts(word))]
    return atoms


class Strip:
    """Atoms side by side on one endless line; any stretch of it is measured at once."""

    def __init__(self, atoms: Sequence[Atom], widths: Sequence[float], space: float) -> None:
        self.atoms, self.widths, self.space = atoms, widths, space
        self._lefts: list[float] = []
        x = 0.0
        for atom, width in zip(atoms, widths, strict=True):
            x += space if self._lefts and not atom.glued else 0.0
            self._lefts.append(x)
            x += width

    def width(self, start: int, end: int) -> float:
        """Of atoms `[start, end)` on a line of their own."""
        return self._lefts[end - 1] + self.widths[end - 1] - self._lefts[start] if end > start else 0.0


def broken(strip: Strip, room: float, language: str) -> list[tuple[int, int]] | None:
    """The lines as `[start, end)` of the atoms: as few as hold them in `room`, as even as can be.

    None where one of them is wider than the room. Knuth and Plass's way, with squares for badness.
    """
    if any(width > room for width in strip.widths):
        return None
    count = _fewest_lines(strip, room)
    best = _best(strip, room, count, language)
    # Greedily filled lines always fit, so that one of these does.
    return best if best is not None else _best(strip, room, count + 1, language)


def _parts(word: str) -> list[str]:
    parts: list[str] = []
    for character in word:
        if parts and not _may_part(parts[-1][-1], character):
            parts[-1] += character
        else:
            parts.append(character)
    return parts


def _may_part(before: str, after: str) -> bool:
    if after in _NO_LINE_START or before in OPENING_MARKS:
        return False
    return _is_ideograph(before) or _is_ideograph(after)


def _is_ideograph(character: str) -> bool:
    # Korean letters are wide, too, and its words are parted by spaces.
    wide = unicodedata.east_asian_width(character) == "W" and unicodedata.category(character) == "Lo"
    return wide and not unicodedata.name(character, "").startswith("HANGUL")


def _fewest_lines(strip: Strip, room: float) -> int:
    lines, start = 0, 0
    for end in range(1, len(strip.atoms) + 1):
        if strip.width(start, end) > room:
            lines, start = lines + 1, end - 1
    return lines + 1


def _best(strip: Strip, room: float, count: int, language: str) -> list[tuple[int, int]] | None:
    """The cheapest `count` lines. `costs[end]` is that of the lines so far, up to atom `end`."""
    size = len(strip.atoms)
    target = strip.width(0, size) / count
    costs = [0.0, *[_NEVER] * size]
    origins: list[list[int]] = []
    for _ in range(count):
        costs, origin = _with_a_line_more(strip, room, target, costs, language)
        origins.append(origin)
    if costs[size] == _NEVER:
        return None
    ends = [size]
    for origin in reversed(origins):
        ends.append(origin[ends[-1]])
    return list(pairwise(reversed(ends)))


def _with_a_line_more(
    strip: Strip, room: float, target: float, before: list[float], language: str
) -> tuple[list[float], list[int]]:
    size = len(strip.atoms)
    costs, origins = [_NEVER] * (size + 1), [0] * (size + 1)
    for end in range(1, size + 1):
        for start in range(end - 1, -1, -1):
            width = strip.width(start, end)
            if width > room:
                break
            cost = (
                before[start] + ((width - target) / room) ** 2 + _end_cost(strip.atoms, start, end, language)
            )
            if cost < costs[end]:
                costs[end], origins[end] = cost, start
    return costs, origins


def _end_cost(atoms: Sequence[Atom], start: int, end: int, language: str) -> float:
    if end == len(atoms):
        return _LONELY if start > 0 and end - start == 1 else 0.0
    if atoms[end - 1].text[-1:].isdecimal() and _UNITS.match(atoms[end].text):
        return _UNIT
    return _CLINGS if atoms[end - 1].text.casefold() in function_words(language).clings else 0.0
