"""`diarized_json`: what is said and by whom. Shapes: the `openai` package's `TranscriptionDiarized`."""

from collections.abc import Collection, Iterator, Mapping
from itertools import count
from typing import Literal

from pydantic import BaseModel, Field

from surtitle.api.openai.answers import DurationUsage, duration_usage
from surtitle.api.openai.known_speakers import NOBODY_KNOWN
from surtitle.api.openai.who_speaks import WhoSaidWhat
from surtitle.domain.transcript import Segment, Transcript

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


def diarized_answer(said: WhoSaidWhat) -> DiarizedAnswer:
    """What `said` is in OpenAI's words."""
    return DiarizedAnswer(
        duration=said.transcript.duration_seconds,
        text=said.transcript.text,
        segments=list(diarized_segments(said)),
        usage=duration_usage(said.transcript),
    )


def diarized_segments(said: WhoSaidWhat) -> Iterator[DiarizedSegment]:
    """The segments in the order of the transcript; their texts, joined by spaces, are its text."""
    speakers = _shown(said.transcript, said.names, said.given)
    for segment in said.transcript.segments:
        if segment.text:
            yield _diarized(segment, speakers)


def _diarized(segment: Segment, speakers: Mapping[str, str]) -> DiarizedSegment:
    return DiarizedSegment(
        id=segment.id,
        start=segment.start_seconds,
        end=segment.end_seconds,
        text=segment.text,
        speaker=NOBODY_KNOWN if segment.speaker is None else speakers[segment.speaker],
    )


def _shown(transcript: Transcript, names: Mapping[str, str], given: Collection[str]) -> dict[str, str]:
    """What each label is called in the answer. A letter that the request gave somebody as a name is nobody
    else's, also where that voice was not heard.
    """
    labels = dict.fromkeys(segment.speaker for segment in transcript.segments if segment.speaker is not None)
    letters = (letter for letter in map(_letters, count()) if letter not in given)
    return {label: names[label] if label in names else next(letters) for label in labels}


def _letters(number: int) -> str:
    """`A` for 0, `Z` for 25, `AA` for 26, as the columns of a table are named."""
    beyond, last = divmod(number, _LETTERS)
    return (_letters(beyond - 1) if beyond else "") + chr(ord("A") + last)
