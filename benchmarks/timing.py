"""Taking turns, so that what drifts (heat, clock rate, caches) falls on all sides alike."""

from collections.abc import Callable, Mapping
from statistics import median

from benchmarks.report import progress

Turns = dict[str, list[float]]
"""Seconds of each side, in the order of its turns."""


def in_turns(sides: Mapping[str, Callable[[], float]], pairs: int) -> Turns:
    """Measure the sides forwards, then backwards (A B B A), `pairs` times: twice `pairs` figures each."""
    seconds: Turns = {side: [] for side in sides}
    there = list(sides)
    for turn, side in enumerate([*there, *reversed(there)] * pairs, start=1):
        progress(f"{side}, turn {turn} of {2 * pairs * len(there)}")
        seconds[side].append(sides[side]())
    return seconds


def spread(seconds: list[float]) -> str:
    """Median, least and most, for a table."""
    return f"{median(seconds):.2f} ({min(seconds):.2f} to {max(seconds):.2f})"
