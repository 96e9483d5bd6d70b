"""Sharing a stretch of time among the parts of a text: the longer a part, the longer it is said."""

from collections.abc import Iterator, Sequence


def time_shares(
    parts: Sequence[str], start_seconds: float, end_seconds: float
) -> Iterator[tuple[float, float]]:
    """Each part's stretch of the time, by its length in characters, in whole milliseconds.

    They follow one another without a gap; the last ends at `end_seconds` as it is given.
    """
    total = sum(map(len, parts)) or 1
    done = 0
    start = start_seconds
    for position, part in enumerate(parts, 1):
        done += len(part)
        end = round(start_seconds + (end_seconds - start_seconds) * done / total, 3)
        end = end_seconds if position == len(parts) else min(max(end, start), end_seconds)
        yield start, end
        start = end
