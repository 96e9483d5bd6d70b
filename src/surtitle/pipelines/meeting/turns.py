"""Turns with their words: the diarization's, parallel ones kept, with what was said in each."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from surtitle.domain.transcript import Word, join_words
from surtitle.pipelines.meeting.meeting import Meeting

# A word this far outside every turn of its speaker makes a turn of its own.
_REACH_SECONDS = 1.0
# Words without a turn belong together until their speaker stops for so long.
_PAUSE_SECONDS = 1.5


@dataclass(slots=True)
class FusedTurn:
    """A turn; `words` may be none, for speech that was heard and not understood, as in crosstalk."""

    start_seconds: float
    end_seconds: float
    speaker: str | None
    words: list[Word] = field(default_factory=list)
    overlapped: bool = False

    @property
    def text(self) -> str:
        return join_words(tuple(self.words))

    def take(self, word: Word) -> None:
        """The word whole: the turn reaches as far as it does."""
        self.words.append(word)
        self.start_seconds = min(self.start_seconds, word.start_seconds)
        self.end_seconds = max(self.end_seconds, word.end_seconds)


def fused_turns(meeting: Meeting) -> list[FusedTurn]:
    """Every word once, in a turn of its speaker, in the order in which turns begin."""
    fused = _heard_turns(meeting)
    places = _Places(fused)
    own: FusedTurn | None = None
    for segment in meeting.transcript.segments:
        for word in segment.words:
            if (turn := places.of(word, segment.speaker)) is not None:
                turn.take(word)
                own = None
                continue
            if own is None or own.speaker != segment.speaker or _pauses(own, word):
                own = FusedTurn(word.start_seconds, word.end_seconds, segment.speaker)
                fused.append(own)
            own.take(word)
    ordered = sorted(fused, key=lambda turn: (turn.start_seconds, turn.end_seconds))
    _mark_overlaps(ordered)
    return ordered


def _heard_turns(meeting: Meeting) -> list[FusedTurn]:
    """The diarization's, under names. One person whom it took for two does not speak over themselves: such
    turns are one.
    """
    turns = meeting.diarization.turns if meeting.diarization else ()
    latest: dict[str, FusedTurn] = {}
    heard: list[FusedTurn] = []
    for turn in sorted(turns, key=lambda turn: turn.start_seconds):
        person = meeting.called[turn.speaker]
        before = latest.get(person)
        if before is not None and turn.start_seconds < before.end_seconds:
            before.end_seconds = max(before.end_seconds, turn.end_seconds)
            continue
        latest[person] = FusedTurn(turn.start_seconds, turn.end_seconds, person)
        heard.append(latest[person])
    return heard


class _Places:
    """The turns of each speaker, which lie apart, to be found by time."""

    def __init__(self, turns: Sequence[FusedTurn]) -> None:
        self._turns: dict[str | None, list[FusedTurn]] = {}
        for turn in sorted(turns, key=lambda turn: turn.start_seconds):
            self._turns.setdefault(turn.speaker, []).append(turn)
        # As they were heard: what a turn takes in must not move the places of others.
        self._starts = {
            speaker: [turn.start_seconds for turn in found] for speaker, found in self._turns.items()
        }

    def of(self, word: Word, speaker: str | None) -> FusedTurn | None:
        """The turn of the speaker that the word lies in, or the nearest within reach."""
        turns, starts = self._turns.get(speaker, []), self._starts.get(speaker, [])
        middle = (word.start_seconds + word.end_seconds) / 2
        after = bisect_right(starts, middle)
        near = turns[max(after - 2, 0) : after + 1]
        nearest = min(near, key=lambda turn: _distance(turn, middle), default=None)
        return nearest if nearest and _distance(nearest, middle) <= _REACH_SECONDS else None


def _distance(turn: FusedTurn, moment: float) -> float:
    return max(turn.start_seconds - moment, moment - turn.end_seconds, 0.0)


def _pauses(turn: FusedTurn, word: Word) -> bool:
    return word.start_seconds - turn.end_seconds >= _PAUSE_SECONDS


def _mark_overlaps(ordered: Sequence[FusedTurn]) -> None:
    for first, second in _overlapping(ordered):
        first.overlapped = second.overlapped = True


def _overlapping(ordered: Sequence[FusedTurn]) -> Iterator[tuple[FusedTurn, FusedTurn]]:
    open_turns: list[FusedTurn] = []
    for turn in ordered:
        open_turns = [one for one in open_turns if one.end_seconds > turn.start_seconds]
        yield from ((one, turn) for one in open_turns if one.speaker != turn.speaker)
        open_turns.append(turn)
