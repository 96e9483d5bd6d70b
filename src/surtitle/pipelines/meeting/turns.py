"""Turns with their words: the diarization's, parallel ones kept, with what was said in each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from surtitle.domain.transcript import Word, join_words
from surtitle.pipelines.meeting.heard import Places, heard_turns
from surtitle.pipelines.meeting.meeting import Meeting

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
    fused = [FusedTurn(one.start_seconds, one.end_seconds, one.speaker) for one in heard_turns(meeting)]
    places = Places(fused)
    own: FusedTurn | None = None
    for segment in meeting.transcript.running.segments:
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
