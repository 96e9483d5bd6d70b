"""`diarized_json`: what is said and by whom. Shapes: the `openai` package's `TranscriptionDiarized`."""

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import BaseModel, Field

from surtitle.api.openai.answers import DurationUsage, duration_usage
from surtitle.domain.transcript import Segment, Transcript

_NOBODY_KNOWN = "unknown"
_LETTERS = 26


class DiarizedSegment(BaseModel):
    """What one person says without a break; in a stream an event of its own."""

    type: Literal["transcript.text.segment"] = "transcript.text.segment"
    id: str
    start: float
    end: float
    text: str
    speaker: str = Field(
        description="A name of `known_speaker_names`, else `A`, `B` and so on as they are first heard; "
        "`unknown` for words at a time when nobody was found to speak."
    )


class DiarizedAnswer(BaseModel):
    """`diarized_json`."""

    task: Literal["transcribe"] = "transcribe"
    duration: float
    text: str
    segments: list[DiarizedSegment]
    usage: DurationUsage


def diarized_answer(transcript: Transcript, names: Mapping[str, str]) -> DiarizedAnswer:
    """`names` are those of the speakers that the request knows, by their labels in `transcript`."""
    return DiarizedAnswer(
        duration=transcript.duration_seconds,
        text=transcript.text,
        segments=list(diarized_segments(transcript, names)),
        usage=duration_usage(transcript),
    )


def diarized_segments(transcript: Transcript, names: Mapping[str, str]) -> Iterator[DiarizedSegment]:
    """The segments in the order of the transcript; their texts, joined by spaces, are its text."""
    speakers = _shown(transcript, names)
    for segment in transcript.segments:
        if segment.text:
            yield _diarized(segment, speakers)


def _diarized(segment: Segment, speakers: Mapping[str, str]) -> DiarizedSegment:
    return DiarizedSegment(
        id=segment.id,
        start=segment.start_seconds,
        end=segment.end_seconds,
        text=segment.text,
        speaker=_NOBODY_KNOWN if segment.speaker is None else speakers[segment.speaker],
    )


def _shown(transcript: Transcript, names: Mapping[str, str]) -> dict[str, str]:
    """What each label is called in the answer."""
    labels = dict.fromkeys(segment.speaker for segment in transcript.segments if segment.speaker is not None)
    shown: dict[str, str] = {}
    for label in labels:
        # Letters number those who are not known, so that they have no gaps.
        unknown = sum(one not in names for one in shown)
        shown[label] = names[label] if label in names else _letters(unknown)
    return shown


def _letters(number: int) -> str:
    """`A` for 0, `Z` for 25, `AA` for 26, as the columns of a table are named."""
    beyond, last = divmod(number, _LETTERS)
    return (_letters(beyond - 1) if beyond else "") + chr(ord("A") + last)
