"""Where somebody speaks alone in a recording. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from surtitle.domain.speakers import SpeakerTurn
from surtitle.domain.transcript import Stretch


def alone(mine: Iterable[SpeakerTurn], others: Iterable[SpeakerTurn]) -> list[Stretch]:
    """The parts of `mine` over which nobody of `others` speaks, in order; no second twice."""
    taken = _united(others)
    ends = [end for _, end in taken]
    parts: list[Stretch] = []
    for first, end in _united(mine):
        start, at = first, bisect_right(ends, first)
        while at < len(taken) and taken[at][0] < end:
            if start < taken[at][0]:
                parts.append(Stretch(start, taken[at][0]))
            start, at = taken[at][1], at + 1
        if start < end:
            parts.append(Stretch(start, end))
    return parts


def longest(stretches: Iterable[Stretch], most_seconds: float) -> list[Stretch]:
    """The longest first, of equal ones the earliest, and no more of them than so many seconds."""
    ordered = sorted(stretches, key=lambda one: (-one.seconds, one.start_seconds))
    return shortened(ordered, most_seconds)


def shortened(stretches: Iterable[Stretch], most_seconds: float) -> list[Stretch]:
    """The first so many seconds of them."""
    kept: list[Stretch] = []
    room = most_seconds
    for stretch in stretches:
        if room <= 0:
            break
        kept.append(Stretch(stretch.start_seconds, min(stretch.end_seconds, stretch.start_seconds + room)))
        room -= kept[-1].seconds
    return kept


def seconds_in(stretches: Sequence[Stretch]) -> float:
    """Of all together."""
    return sum(one.seconds for one in stretches)


def _united(turns: Iterable[SpeakerTurn]) -> list[tuple[float, float]]:
    """In order, those that lie on one another as one."""
    united: list[tuple[float, float]] = []
    for start, end in sorted((turn.start_seconds, turn.end_seconds) for turn in turns):
        if united and start < united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return united
