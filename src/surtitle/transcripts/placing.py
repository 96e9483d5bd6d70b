"""When words are said that a person wrote, and segments that a person moved."""

from collections.abc import Sequence
from dataclasses import replace

from surtitle.domain.transcript import Segment, Word
from surtitle.transcripts.draft import Draft, Room
from surtitle.transcripts.errors import ImpossibleEdit
from surtitle.transcripts.operations import TimeSegment

# Slow, clear speech; time for a word that was inserted where the gap gives more than it needs.
_SECONDS_PER_CHARACTER = 0.07


def wanted_seconds(parts: Sequence[str]) -> float:
    """How long words take, said slowly."""
    return sum(map(len, parts)) * _SECONDS_PER_CHARACTER


def times_in(
    room: Room, start: float | None, end: float | None, wanted: float, *, at_end: bool = False
) -> tuple[float, float]:
    """The times asked for or, where none were, as much of the gap as the words want.

    `at_end`: rather the end of the gap than its beginning. Raises `ImpossibleEdit`.
    """
    floor, ceiling = room.floor_seconds, max(room.floor_seconds, room.ceiling_seconds)
    start = None if start is None else round(start, 3)
    end = None if end is None else round(end, 3)
    if start is None and (end is not None or at_end):
        end = ceiling if end is None else end
        start = round(max(floor, end - wanted), 3)
    start = floor if start is None else start
    end = round(min(ceiling, start + wanted), 3) if end is None else end
    require_order(start, end, Room(floor, ceiling))
    return start, end


def time_segment(draft: Draft, wish: TimeSegment) -> None:
    """Apply a `time_segment`: the first and the last word take the new edges. Where those would pass a word,
    all words are moved in proportion. Raises `ImpossibleEdit`.
    """
    segment = draft.segment(wish.segment, "segment")
    start = segment.start_seconds if wish.start_seconds is None else round(wish.start_seconds, 3)
    end = segment.end_seconds if wish.end_seconds is None else round(wish.end_seconds, 3)
    require_order(start, end, draft.room(segment, 0, len(segment.words)))
    if start == end:
        raise ImpossibleEdit("a segment lasts some time.", "end_seconds")
    draft.put(segment, _placed(segment, start, end))


def _placed(segment: Segment, start: float, end: float) -> list[Word]:
    words = list(segment.words)
    if start <= words[0].end_seconds and end >= words[-1].start_seconds:
        words[0] = replace(words[0], start_seconds=start)
        words[-1] = replace(words[-1], end_seconds=end)
        return words
    lasted = segment.end_seconds - segment.start_seconds
    share = (end - start) / lasted if lasted else 0.0

    def moved(seconds: float) -> float:
        return min(end, round(start + (seconds - segment.start_seconds) * share, 3))

    placed = [
        replace(word, start_seconds=moved(word.start_seconds), end_seconds=moved(word.end_seconds))
        for word in words
    ]
    placed[-1] = replace(placed[-1], end_seconds=end)
    return placed


def require_order(start_seconds: float, end_seconds: float, room: Room) -> None:
    """Raises `ImpossibleEdit` for times that run backwards or leave their room."""
    if start_seconds < room.floor_seconds:
        raise ImpossibleEdit(
            f"it would start at {start_seconds} s, and what stands before it ends at {room.floor_seconds} s.",
            "start_seconds",
        )
    if end_seconds < start_seconds:
        raise ImpossibleEdit(
            f"it would end at {end_seconds} s, before it starts at {start_seconds} s.", "end_seconds"
        )
    if end_seconds > room.ceiling_seconds:
        raise ImpossibleEdit(
            f"it would end at {end_seconds} s; the next word, or the end, is at {room.ceiling_seconds} s.",
            "end_seconds",
        )
