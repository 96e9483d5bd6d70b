"""A transcript as a page tells it: turns of speakers, each phrase with the times of its words."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from surtitle.domain.transcript import Segment, Transcript, Word
from surtitle.transcripts.shown_speakers import shown_speaker
from surtitle.web.catalogues import mark as _
from surtitle.web.formats import Formats

COLOURS = 6
"""How many speakers are told apart by colour; more begin again with the first. Their names tell them too."""

DOUBTS = {
    "low probability": _("The recogniser is not sure of these words."),
    "repeats itself": _("The words repeat themselves, as when the recogniser loses its way."),
}
ANY_DOUBT = _("The recogniser does not trust these words. Listen for yourself.")

UNSURE_BELOW = 0.5
"""A word that the recogniser gave less than this, a probability, is marked: it is as likely to be another."""

PHRASES_IN_STRETCH = 24
"""A page of a screen or two."""

MOST_TIMED_WORDS = 6_000
"""Of a page that brings the times of its words along, about half an hour of speech. Longer ones would weigh
too much: they fetch the times when somebody listens (`times_of`)."""

_CENTISECONDS = 100
_PERCENT = 100
# A phrase that was made of several has the reasons of all (`transcripts.editing`).
_BETWEEN_REASONS = "; "


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of a phrase's text: a word that the recogniser is not sure of, or all between two such.

    `sure`: how sure it is of the word, in percent; None for the text between.
    """

    text: str
    sure: int | None = None


@dataclass(frozen=True, slots=True)
class Phrase:
    """What was said in one go. `times`: for each word its start and end, in hundredths of a second from the
    phrase's start, its length in characters and, of a word that is not sure, how sure it is in percent.
    Empty where the page fetches them.
    """

    id: str
    start_seconds: float
    at: str
    pieces: tuple[Piece, ...]
    times: str
    doubts: tuple[str, ...]
    """Why it is not to be trusted, sentences to be translated; empty where it is."""

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one person says before another one does. `colour` from 1; 0 where nobody is told apart.

    `goes_on`: they spoke just before already.
    """

    speaker: str
    colour: int
    phrases: tuple[Phrase, ...]
    goes_on: bool = False


def turns_of(transcript: Transcript) -> Iterator[Turn]:
    """The transcript in its order."""
    colours, timed = colours_of(transcript), not is_long(transcript)
    for speaker, segments in groupby(transcript.segments, key=lambda segment: segment.speaker):
        colour = colours[speaker] if speaker else 0
        shown = shown_speaker(speaker, transcript.written_language) if speaker else ""
        phrases = tuple(_phrase(segment, timed=timed) for segment in segments if segment.words)
        yield Turn(shown, colour, phrases)


def stretches_of(transcript: Transcript) -> Iterator[tuple[Turn, ...]]:
    """The turns in stretches of about the same length: a browser lays out those that are in sight, and has to
    look after a hundred of them, not after thousands of phrases. A long turn is cut.
    """
    stretch: list[Turn] = []
    room = PHRASES_IN_STRETCH
    for turn in turns_of(transcript):
        rest = turn.phrases
        while rest:
            part, rest = rest[:room], rest[room:]
            goes_on = len(part) + len(rest) < len(turn.phrases)
            stretch.append(replace(turn, phrases=part, goes_on=goes_on))
            room -= len(part)
            if not room:
                yield tuple(stretch)
                stretch, room = [], PHRASES_IN_STRETCH
    if stretch:
        yield tuple(stretch)


def is_long(transcript: Transcript) -> bool:
    """Whether the times of its phrases and words are fetched when they are needed."""
    return sum(len(segment.words) for segment in transcript.segments) > MOST_TIMED_WORDS


def times_of(transcript: Transcript) -> tuple[list[float], list[str]]:
    """`Phrase.start_seconds` and `Phrase.times` of all phrases, in their order."""
    spoken = [segment for segment in transcript.segments if segment.words]
    return [segment.start_seconds for segment in spoken], [_times(segment) for segment in spoken]


def colours_of(transcript: Transcript) -> dict[str, int]:
    """The colour of each speaker, in the order in which they begin to speak."""
    speakers = dict.fromkeys(segment.speaker for segment in transcript.segments if segment.speaker)
    return {speaker: number % COLOURS + 1 for number, speaker in enumerate(speakers)}


def doubts_in(transcript: Transcript) -> int:
    """How many phrases and words are marked."""
    phrases = sum(1 for segment in transcript.segments if segment.doubtful)
    return phrases + sum(1 for segment in transcript.segments for word in segment.words if _is_unsure(word))


def _phrase(segment: Segment, *, timed: bool) -> Phrase:
    return Phrase(
        id=segment.id,
        start_seconds=segment.start_seconds,
        at=Formats.length(segment.start_seconds),
        pieces=tuple(_pieces(segment.words)),
        times=_times(segment) if timed else "",
        doubts=doubts_of(segment),
    )


def doubts_of(segment: Segment) -> tuple[str, ...]:
    """Why the segment is not to be trusted, sentences to be translated; none where it is."""
    reasons = segment.doubtful
    told = (DOUBTS.get(reason, ANY_DOUBT) for reason in reasons.split(_BETWEEN_REASONS)) if reasons else ()
    return tuple(dict.fromkeys(told))


def _pieces(words: tuple[Word, ...]) -> Iterator[Piece]:
    between = ""
    for number, word in enumerate(words):
        between += "" if word.glued or number == 0 else " "
        if not _is_unsure(word):
            between += word.text
            continue
        if between:
            yield Piece(between)
        yield Piece(word.text, _percent(word))
        between = ""
    if between:
        yield Piece(between)


def _is_unsure(word: Word) -> bool:
    return word.confidence is not None and word.confidence < UNSURE_BELOW


def _percent(word: Word) -> int:
    return round((word.confidence or 0.0) * _PERCENT)


def _times(segment: Segment) -> str:
    def since(seconds: float) -> int:
        return round((seconds - segment.start_seconds) * _CENTISECONDS)

    return " ".join(
        f"{since(word.start_seconds)},{since(word.end_seconds)},{len(word.text)}"
        + (f",{_percent(word)}" if _is_unsure(word) else "")
        for word in segment.words
    )
