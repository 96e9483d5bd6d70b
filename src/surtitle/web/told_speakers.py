"""The people who speak in a transcript, as a page lists them."""

from collections import defaultdict
from dataclasses import dataclass

from surtitle.domain.transcript import Transcript
from surtitle.transcripts.shown_speakers import is_label, shown_speaker
from surtitle.web.formats import Formats
from surtitle.web.told_transcript import colours_of


@dataclass(frozen=True, slots=True)
class Speaker:
    """One of them. `key` is as the transcript calls them, `name` as people read it."""

    key: str
    name: str
    colour: int
    share: float
    """Of all that is said, by time."""
    start_seconds: float
    at: str
    """Where they speak first."""
    is_named: bool


def speakers_of(transcript: Transcript) -> list[Speaker]:
    """In the order in which they begin to speak."""
    seconds: defaultdict[str, float] = defaultdict(float)
    starts: dict[str, float] = {}
    for segment in transcript.segments:
        if segment.speaker:
            seconds[segment.speaker] += segment.end_seconds - segment.start_seconds
            starts.setdefault(segment.speaker, segment.start_seconds)
    spoken = sum(seconds.values()) or 1.0
    return [
        Speaker(
            key=key,
            name=shown_speaker(key, transcript.written_language),
            colour=colour,
            share=seconds[key] / spoken,
            start_seconds=starts[key],
            at=Formats.length(starts[key]),
            is_named=not is_label(key),
        )
        for key, colour in colours_of(transcript).items()
    ]
