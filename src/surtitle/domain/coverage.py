"""Whether what was spoken has words: the arithmetic of the coverage guard and of the figures it reports."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from surtitle.domain.transcript import Stretch

# A detector of speech and a model's word times disagree by that much at both ends of a word.
_MARGIN_SECONDS = 0.3
# Nobody holds a word that long; its time was stretched over something that was left out.
_LONGEST_WORD_SECONDS = 1.6
_BELIEVED_SECONDS = 0.5
# Shorter than that it is a breath, a laugh or the tail of a word.
LEAST_UNHEARD_SECONDS = 0.8


class Timed(Protocol):
    """Anything with times, such as a word."""

    @property
    def start_seconds(self) -> float: ...

    @property
    def end_seconds(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Coverage:
    """How the words of a recording lie on its speech. `unheard` is speech without words."""

    speech_seconds: float
    covered_seconds: float
    unheard: tuple[Stretch, ...]


def measure_coverage(speech: Sequence[Stretch], words: Iterable[Timed]) -> Coverage:
    """`speech` against `words`, both in order of time; stretches of speech do not overlap.

    Speech that no word reaches counts as unheard from 0.8 s on; below, as covered.
    """
    unheard = tuple(gap for gap in _without(speech, _extents(words)) if gap.seconds >= LEAST_UNHEARD_SECONDS)
    spoken = sum(stretch.seconds for stretch in speech)
    return Coverage(spoken, spoken - sum(gap.seconds for gap in unheard), unheard)


def seconds_within(speech: Sequence[Stretch], parts: Sequence[Stretch]) -> float:
    """How much of `speech` lies in `parts`; both in order, each without overlaps."""
    spoken = sum(stretch.seconds for stretch in speech)
    return spoken - sum(gap.seconds for gap in _without(speech, parts))


def merged(parts: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """`parts` in order and apart."""
    joined: list[Stretch] = []
    for part in sorted(parts, key=lambda part: part.start_seconds):
        if joined and part.start_seconds <= joined[-1].end_seconds:
            end = max(joined[-1].end_seconds, part.end_seconds)
            joined[-1] = Stretch(joined[-1].start_seconds, end)
        else:
            joined.append(part)
    return tuple(joined)


def _extents(words: Iterable[Timed]) -> Iterator[Stretch]:
    """Where each word may be believed to sound."""
    for word in words:
        start, end = word.start_seconds - _MARGIN_SECONDS, word.end_seconds + _MARGIN_SECONDS
        if word.end_seconds - word.start_seconds <= _LONGEST_WORD_SECONDS:
            yield Stretch(start, end)
        else:
            yield Stretch(start, word.start_seconds + _BELIEVED_SECONDS)
            yield Stretch(word.end_seconds - _BELIEVED_SECONDS, end)


def _without(speech: Sequence[Stretch], covers: Iterable[Stretch]) -> Iterator[Stretch]:
    """What is left of `speech` outside of all `covers`, in order of time."""
    waiting = merged(covers)
    first = 0
    for stretch in speech:
        position = stretch.start_seconds
        while first < len(waiting) and waiting[first].end_seconds <= position:
            first += 1
        following = first
        while following < len(waiting) and waiting[following].start_seconds < stretch.end_seconds:
            if waiting[following].start_seconds > position:
                yield Stretch(position, waiting[following].start_seconds)
            position = max(position, waiting[following].end_seconds)
            following += 1
        if position < stretch.end_seconds:
            yield Stretch(position, stretch.end_seconds)
