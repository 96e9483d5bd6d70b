"""Who speaks, within the text of subtitles: SubRip has no other place for it."""

from collections.abc import Iterator
from dataclasses import replace

from surtitle.domain.transcript import Segment, Transcript
from surtitle.transcripts.shown_speakers import shown_speaker


def with_speaker_marks(transcript: Transcript) -> Transcript:
    """The same text with a name before the first word of each new speaker, as one word with it: a line break
    must not part them, and the cues are made to fit both.
    """
    return replace(transcript, segments=tuple(_marked(transcript)))


def _marked(transcript: Transcript) -> Iterator[Segment]:
    speaking: str | None = None
    for segment in transcript.segments:
        if segment.speaker is None or segment.speaker == speaking:
            yield segment
            continue
        speaking = segment.speaker
        first, *others = segment.words
        name = shown_speaker(speaking, transcript.written_in(segment))
        yield replace(segment, words=(replace(first, text=f"{name}: {first.text}"), *others))
