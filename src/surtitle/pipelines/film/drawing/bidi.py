"""In which order words stand on a line that holds right-to-left writing.

The Unicode bidirectional algorithm (UAX #9) at the level of words: the shaper does it inside each of them.
"""

import unicodedata
from collections.abc import Sequence

_LEFT, _RIGHT = "L", "R"
_STRONG = {"L": _LEFT, "R": _RIGHT, "AL": _RIGHT}


def is_right_to_left(text: str) -> bool:
    """Whether the first letter with a direction runs to the left (rules P2, P3)."""
    return _direction(text) == _RIGHT


def visual_order(words: Sequence[str], *, right_to_left: bool) -> list[int]:
    """Positions of `words` as they stand from left to right."""
    base = _RIGHT if right_to_left else _LEFT
    directions = _resolved([_direction(word) for word in words], base)
    order: list[int] = []
    for start, end, direction in _runs(directions):
        run = list(range(start, end))
        # Seen from the base direction: a run against it is turned round.
        order += run if direction == base else run[::-1]
    return order[::-1] if right_to_left else order


def _direction(text: str) -> str | None:
    return next((_STRONG[kind] for kind in map(unicodedata.bidirectional, text) if kind in _STRONG), None)


def _resolved(directions: list[str | None], base: str) -> list[str]:
    """Numbers and signs take the direction of both their neighbours, else that of the whole (N1, N2)."""
    resolved: list[str] = []
    for position, direction in enumerate(directions):
        if direction is None:
            before = resolved[-1] if resolved else base
            after = next((later for later in directions[position:] if later), base)
            direction = before if before == after else base  # noqa: PLW2901
        resolved.append(direction)
    return resolved


def _runs(directions: list[str]) -> list[tuple[int, int, str]]:
    runs: list[tuple[int, int, str]] = []
    for position, direction in enumerate(directions):
        if runs and runs[-1][2] == direction:
            runs[-1] = (runs[-1][0], position + 1, direction)
        else:
            runs.append((position, position + 1, direction))
    return runs
