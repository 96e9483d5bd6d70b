"""A transcript as a page tells it: turns of speakers, each phrase with the times of its words."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from surtitle.domain.transcript import Segment, Transcript
from surtitle.transcripts.shown_speakers import shown_speaker
from surtitle.web.catalogues import mark as _
from surtitle.web.formats import Formats

COLOURS = 6
"""How many speakers are told apart by colour; more begin again with the first. Their names tell them too."""

DOUBTS = {
    "low probability": _("The recogniser is not sure of these words."),
    "repeats itself": _("The words repeat themselves, as when the recogniser loses its way."),
}
_ANY_DOUBT = _("The recogniser does not trust these words. Listen for yourself.")

_CENTISECONDS = 100


@dataclass(frozen=True, slots=True)
class Phrase:
    """What was said in one go. `times`: for each word its start and end, in hundredths of a second from the
    phrase's start, and its length in characters.
    """

    start_seconds: float
    at: str
    text: str
    times: str
    doubt: str
    """Why it is not to be trusted, a sentence to be translated; empty where it is."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one person says before another one does. `colour` from 1; 0 where nobody is told apart."""

    speaker: str
    colour: int
    phrases: tuple[Phrase, ...]


def turns_of(transcript: Transcript) -> Iterator[Turn]:
    """The transcript in its order."""
    colours: dict[str, int] = {}
    for speaker, segments in groupby(transcript.segments, key=lambda segment: segment.speaker):
        colour = colours.setdefault(speaker, len(colours) % COLOURS + 1) if speaker else 0
        shown = shown_speaker(speaker, transcript.language) if speaker else ""
        yield Turn(shown, colour, tuple(_phrase(segment) for segment in segments if segment.words))


def _phrase(segment: Segment) -> Phrase:
    return Phrase(
        start_seconds=segment.start_seconds,
        at=Formats.length(segment.start_seconds),
        text=segment.text,
        times=_times(segment),
        doubt=DOUBTS.get(segment.doubtful, _ANY_DOUBT) if segment.doubtful else "",
    )


def _times(segment: Segment) -> str:
    def since(seconds: float) -> int:
        return round((seconds - segment.start_seconds) * _CENTISECONDS)

    return " ".join(
        f"{since(word.start_seconds)},{since(word.end_seconds)},{len(word.text)}" for word in segment.words
    )
