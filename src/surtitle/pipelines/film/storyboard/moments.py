"""When the lines of a scene are said, so that each can come in with its words."""

import unicodedata
from collections.abc import Sequence

from surtitle.domain.films import Shot
from surtitle.domain.transcript import Word

# Where a line is not said word for word, lines share the scene's first part evenly.
_SHARED_PART = 0.7
_FEWEST_LETTERS = 3


def line_moments(shot: Shot, words: Sequence[Word]) -> tuple[float, ...]:
    """Seconds from the start of `shot` at which each of its lines begins to be said; they never run back."""
    lines = shot.scene.lines
    length = shot.end_seconds - shot.start_seconds
    said = [word for word in words if shot.start_seconds <= word.start_seconds < shot.end_seconds]
    moments: list[float] = []
    place = 0
    for number, line in enumerate(lines):
        found = _found(line, said, place)
        shared = length * _SHARED_PART * number / len(lines)
        if found is None:
            moments.append(max(shared, moments[-1] if moments else 0.0))
        else:
            place = found + 1
            moments.append(said[found].start_seconds - shot.start_seconds)
    return tuple(moments)


def folded(word: str) -> str:
    """A word as it is compared: without marks, case and accents' different spellings."""
    return "".join(c for c in unicodedata.normalize("NFKC", word).casefold() if c.isalnum())


def _found(line: str, said: Sequence[Word], start: int) -> int | None:
    """Where the line's first telling word is said from `start` on."""
    wanted = [word for word in map(folded, line.split()) if len(word) >= _FEWEST_LETTERS]
    for word in wanted[:2]:
        for position in range(start, len(said)):
            if folded(said[position].text) == word:
                return position
    return None
