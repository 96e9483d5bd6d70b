"""A transcript cut into moments: what is found, shown and played as one."""

from collections.abc import Iterator
from dataclasses import dataclass

from surtitle.domain.transcript import Segment, Transcript, Word, join_words
from surtitle.transcripts.document import printable
from surtitle.transcripts.punctuation import with_endings

METHOD = 3
"""Raised when moments are cut otherwise: what was indexed by an older method is indexed again."""

# Measured on the questions of the benchmark `search`: with 60 and 120 words two more of a hundred answers are
# among the first five, and each takes half as long again to listen to.
_ENOUGH_WORDS = 40
_MOST_WORDS = 90
# A turn shorter than this is an answer to the one before, and means little without it.
_OWN_TURN_WORDS = 25
_LONG_PAUSE_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Chunk:
    """A moment. `speaker` says most of it, `speakers` all who speak in it, as they are first heard."""

    position: int
    start_seconds: float
    end_seconds: float
    text: str
    speaker: str | None = None
    speakers: tuple[str, ...] = ()
    language: str | None = None


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence, or what is left of one at a change of speaker."""

    words: tuple[Word, ...]
    segment: Segment

    @property
    def start_seconds(self) -> float:
        return self.words[0].start_seconds

    @property
    def end_seconds(self) -> float:
        return self.words[-1].end_seconds


def chunks_of(transcript: Transcript) -> list[Chunk]:
    """All moments in order, each word in exactly one. Moments end with sentences where there are any."""
    gathered: list[list[_Piece]] = []
    for piece in _pieces(transcript.running):
        if gathered and not _ends_before(gathered[-1], piece):
            gathered[-1].append(piece)
        else:
            gathered.append([piece])
    return [_chunk(position, pieces, transcript) for position, pieces in enumerate(gathered)]


def _pieces(transcript: Transcript) -> Iterator[_Piece]:
    for segment in transcript.segments:
        sentence: list[Word] = []
        for word, ends in with_endings(segment.words, transcript.written_in(segment)):
            sentence.append(word)
            # Somebody who never ends a sentence is cut where a moment has become long.
            if ends or len(sentence) >= _MOST_WORDS:
                yield _Piece(tuple(sentence), segment)
                sentence = []
        if sentence:
            yield _Piece(tuple(sentence), segment)


def _ends_before(pieces: list[_Piece], following: _Piece) -> bool:
    words = sum(len(piece.words) for piece in pieces)
    if following.start_seconds - pieces[-1].end_seconds >= _LONG_PAUSE_SECONDS:
        return True
    if words + len(following.words) > _MOST_WORDS:
        return True
    if following.segment.speaker != pieces[-1].segment.speaker:
        return words >= _OWN_TURN_WORDS
    # A segment without a full stop is as good as a sentence.
    return words >= _ENOUGH_WORDS


def _chunk(position: int, pieces: list[_Piece], transcript: Transcript) -> Chunk:
    return Chunk(
        position=position,
        start_seconds=pieces[0].start_seconds,
        # Where people talk at once, the last to begin need not be the last to end.
        end_seconds=max(piece.end_seconds for piece in pieces),
        text=printable(join_words(tuple(word for piece in pieces for word in piece.words))),
        speaker=_main_speaker(pieces),
        speakers=tuple(dict.fromkeys(filter(None, (piece.segment.speaker for piece in pieces)))),
        language=transcript.written_in(pieces[0].segment),
    )


def _main_speaker(pieces: list[_Piece]) -> str | None:
    said: dict[str | None, int] = {}
    for piece in pieces:
        said[piece.segment.speaker] = said.get(piece.segment.speaker, 0) + len(piece.words)
    return max(said, key=lambda speaker: said[speaker])
