"""The diarization's turns, under the names that people have now."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Generic, Protocol, TypeVar

from surtitle.domain.speakers import SpeakerTurn
from surtitle.domain.transcript import Word
from surtitle.pipelines.meeting.meeting import Meeting

# A word this far outside every turn of its speaker is in none of them.
_REACH_SECONDS = 1.0


class _Span(Protocol):
    @property
    def start_seconds(self) -> float: ...
    @property
    def end_seconds(self) -> float: ...
    @property
    def speaker(self) -> str | None: ...


_Turn = TypeVar("_Turn", bound=_Span)


class Places(Generic[_Turn]):
    """The turns of each speaker, which lie apart, to be found by time."""

    def __init__(self, turns: Sequence[_Turn]) -> None:
        self._turns: dict[str | None, list[_Turn]] = {}
        for turn in sorted(turns, key=lambda turn: turn.start_seconds):
            self._turns.setdefault(turn.speaker, []).append(turn)
        # As they were heard: what a turn takes in must not move the places of others.
        self._starts = {
            speaker: [turn.start_seconds for turn in found] for speaker, found in self._turns.items()
        }

    def of(self, word: Word, speaker: str | None, reach_seconds: float = _REACH_SECONDS) -> _Turn | None:
        """The turn of the speaker that the word lies in, or the nearest within reach."""
        turns, starts = self._turns.get(speaker, []), self._starts.get(speaker, [])
        middle = (word.start_seconds + word.end_seconds) / 2
        after = bisect_right(starts, middle)
        near = turns[max(after - 2, 0) : after + 1]
        nearest = min(near, key=lambda turn: _distance(turn, middle), default=None)
        return nearest if nearest and _distance(nearest, middle) <= reach_seconds else None


def heard_turns(meeting: Meeting) -> list[SpeakerTurn]:
    """In the order in which they begin. A turn is of whoever says its words in the transcript, which people
    correct, and cut where its words are of different people; one without words is its label's.

    One person whom the diarization took for two does not speak over themselves: such turns are one.
    """
    named = (part for turn in _with_words(meeting) for part in turn.parts(meeting.called[turn.speaker]))
    latest: dict[str, int] = {}
    heard: list[SpeakerTurn] = []
    for turn in sorted(named, key=lambda turn: turn.start_seconds):
        place = latest.get(turn.speaker)
        if place is not None and turn.start_seconds < heard[place].end_seconds:
            before = heard[place]
            end = max(before.end_seconds, turn.end_seconds)
            heard[place] = SpeakerTurn(before.start_seconds, end, turn.speaker)
            continue
        latest[turn.speaker] = len(heard)
        heard.append(turn)
    return heard


@dataclass(frozen=True, slots=True)
class _Said:
    """A turn of a label, with the words in it that are somebody's, and whose."""

    start_seconds: float
    end_seconds: float
    speaker: str
    words: list[tuple[Word, str]] = field(default_factory=list)

    def parts(self, otherwise: str) -> Iterator[SpeakerTurn]:
        """The turn under names, `otherwise` where nobody says a word."""
        runs = [(name, list(run)) for name, run in groupby(self.words, lambda one: one[1])]
        names = [name for name, _ in runs] or [otherwise]
        cuts = [_between(before[-1][0], after[0][0]) for (_, before), (_, after) in pairwise(runs)]
        start = self.start_seconds
        for name, cut in zip(names, [*cuts, self.end_seconds], strict=True):
            end = min(max(cut, start), self.end_seconds)
            if end > start or len(names) == 1:
                yield SpeakerTurn(start, end, name)
            start = end


def _with_words(meeting: Meeting) -> list[_Said]:
    if meeting.diarization is None:
        return []
    turns = [_Said(one.start_seconds, one.end_seconds, one.speaker) for one in meeting.diarization.turns]
    places = Places(turns)
    labels_of: dict[str, list[str]] = {}
    for label, name in meeting.called.items():
        labels_of.setdefault(name, []).append(label)
    for word, name, heard_as in _labelled(meeting):
        # Where people talk at once, somebody else's turn there says nothing of the word.
        within = (places.of(word, label, 0.0) for label in labels_of.get(name, ()))
        turn = next(filter(None, within), None)
        if turn is None and heard_as is not None:
            turn = places.of(word, heard_as)
        if turn is not None:
            turn.words.append((word, name))
    return turns


def _labelled(meeting: Meeting) -> Iterator[tuple[Word, str, str | None]]:
    """The words that are somebody's: whose they are in the transcript, and by the voices alone."""
    labels = iter(meeting.labels)
    for segment in meeting.transcript.segments:
        for word, label in zip(segment.words, labels, strict=False):
            if segment.speaker is not None:
                yield word, segment.speaker, label


def _between(before: Word, after: Word) -> float:
    return (before.end_seconds + after.start_seconds) / 2


def _distance(turn: _Span, moment: float) -> float:
    return max(turn.start_seconds - moment, moment - turn.end_seconds, 0.0)
