"""Where a meeting turns to something else: as the speakers say, else as their words change."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from surtitle.domain.minutes import Chapter
from surtitle.pipelines.minutes.key_phrases import key_phrases_in
from surtitle.pipelines.minutes.readings import Reading, sentence_case

# An opening shorter than this belongs to the first thing that is talked about.
_OPENING_SECONDS = 60.0
_OPENING_SHARE = 1 / 6
_SHORTEST_SENTENCES = 4
_SHORTEST_SECONDS = 30.0
# A stretch longer than this is looked through for a change of words.
_LONG_SECONDS = 600.0
_SHORTEST_BY_WORDS_SECONDS = 180.0
# TextTiling (Hearst 1997): how many sentences on either side are compared.
_BLOCK = 12
_TITLE_CHARACTERS = 70
_FIRST_WORDS = 6
# "…, next topic" at the end of a long sentence announces nothing.
_ANNOUNCES_WITHIN = 60


@dataclass(frozen=True, slots=True)
class Stretch:
    """Readings `[first, stop)` about one thing. `announced` is what somebody called it."""

    first: int
    stop: int
    announced: str | None = None


def stretches_of(readings: Sequence[Reading]) -> tuple[Stretch, ...]:
    """The meeting in order, without gaps; at least one where anything was said."""
    if not readings:
        return ()
    begins = _announced(readings)
    if 0 not in begins:
        first = min(begins, default=0)
        begins[0] = begins.pop(first) if begins and _is_opening(readings, first) else None
    starts = sorted(begins)
    found: list[Stretch] = []
    for start, stop in zip(starts, [*starts[1:], len(readings)], strict=True):
        found += _divided(readings, Stretch(start, stop, begins[start]))
    return tuple(found)


def chapters_of(
    readings: Sequence[Reading], stretches: Sequence[Stretch], duration_seconds: float
) -> tuple[Chapter, ...]:
    """The stretches with titles and times, from 0 to the end of the recording."""
    times = [0.0, *(readings[one.first].sentence.start_seconds for one in stretches[1:]), duration_seconds]
    return tuple(
        Chapter(title_of(readings, stretch), times[place], max(times[place], times[place + 1]))
        for place, stretch in enumerate(stretches)
    )


def title_of(readings: Sequence[Reading], stretch: Stretch) -> str:
    """What it was announced as, else what it keeps coming back to, else how it begins."""
    if stretch.announced:
        return stretch.announced
    phrases = key_phrases_in(readings[stretch.first : stretch.stop], 2)
    if not phrases:
        return " ".join(readings[stretch.first].sentence.text.split()[:_FIRST_WORDS])
    return sentence_case(", ".join(phrases))


def _announced(readings: Sequence[Reading]) -> dict[int, str | None]:
    begins: dict[int, str | None] = {}
    last = None
    for reading in readings:
        topic = _topic(reading)
        if topic is None:
            continue
        if last is not None and _too_short(readings, last, reading.index):
            continue
        begins[reading.index] = topic
        last = reading.index
    return begins


def _too_short(readings: Sequence[Reading], first: int, stop: int) -> bool:
    seconds = readings[stop].sentence.start_seconds - readings[first].sentence.start_seconds
    return stop - first < _SHORTEST_SENTENCES or seconds < _SHORTEST_SECONDS


def _is_opening(readings: Sequence[Reading], stop: int) -> bool:
    """Whether what comes before `stop` is no more than a greeting and an agenda."""
    begins = readings[0].sentence.start_seconds
    seconds = readings[stop].sentence.start_seconds - begins
    return seconds < min(_OPENING_SECONDS, (readings[-1].sentence.end_seconds - begins) * _OPENING_SHARE)


def _topic(reading: Reading) -> str | None:
    """What the sentence says comes next, as a title."""
    for text in (reading.plain, reading.spoken):
        found = reading.wording.new_topic.search(text)
        if found and found.start() <= _ANNOUNCES_WITHIN:
            break
    else:
        return None
    name = next(value for value in found.groupdict().values() if value)
    without = reading.wording.said | reading.common
    for piece in (name.split(",")[0], name):
        title = piece.split(".")[0].split("?")[0].strip(" ,;:!¿¡\"'")
        if len(title) <= _TITLE_CHARACTERS and any(
            word.lower().strip(".,") not in without for word in title.replace("'", " ").split()
        ):
            return sentence_case(title)
    return None


def _divided(readings: Sequence[Reading], stretch: Stretch) -> list[Stretch]:
    """A long stretch at the deepest changes of its words."""
    part = readings[stretch.first : stretch.stop]
    seconds = part[-1].sentence.end_seconds - part[0].sentence.start_seconds
    if seconds < _LONG_SECONDS or len(part) < 4 * _BLOCK:
        return [stretch]
    edges = [0]
    for place, depth in sorted(_depths(part).items(), key=lambda item: (-item[1], item[0])):
        if len(edges) * _LONG_SECONDS / 2 >= seconds or depth <= 0:
            break
        begins = part[place].sentence.start_seconds
        near = [*(part[edge].sentence.start_seconds for edge in edges), part[-1].sentence.end_seconds]
        if all(abs(begins - other) >= _SHORTEST_BY_WORDS_SECONDS for other in near):
            edges.append(place)
    edges.sort()
    return [
        Stretch(stretch.first + start, stretch.first + stop, stretch.announced if start == 0 else None)
        for start, stop in zip(edges, [*edges[1:], len(part)], strict=True)
    ]


def _depths(part: Sequence[Reading]) -> dict[int, float]:
    """How far the likeness of what is before and after a place falls below that around it."""
    likeness = [
        _cosine(part[max(0, place - _BLOCK) : place], part[place : place + _BLOCK])
        for place in range(len(part))
    ]
    depths = {}
    for place in range(_BLOCK, len(part) - _BLOCK):
        here = likeness[place]
        before = max(likeness[place - _BLOCK : place])
        after = max(likeness[place + 1 : place + _BLOCK])
        depths[place] = before + after - 2 * here
    return depths


def _cosine(one: Sequence[Reading], other: Sequence[Reading]) -> float:
    mine = Counter(key for reading in one for key in reading.keys)
    theirs = Counter(key for reading in other for key in reading.keys)
    product = sum(count * theirs[key] for key, count in mine.items())
    size = math.sqrt(sum(n * n for n in mine.values()) * sum(n * n for n in theirs.values()))
    return product / size if size else 0.0
