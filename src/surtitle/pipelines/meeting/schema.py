"""`result.json`: the public document of a meeting and its schema.

`python -m surtitle.pipelines.meeting.schema` prints the JSON Schema that the documentation carries.
"""

import json
import sys
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from surtitle.domain.minutes import Minutes
from surtitle.domain.transcript import Transcript
from surtitle.pipelines.meeting.meeting import Meeting
from surtitle.pipelines.meeting.turns import FusedTurn, fused_turns
from surtitle.transcripts.schema import TranscriptDocument

RESULT_SCHEMA_VERSION = 1

Seconds = Annotated[
    float, Field(ge=0, allow_inf_nan=False, description="Seconds from the start of the recording.")
]


class _Document(BaseModel):
    model_config = ConfigDict(from_attributes=True, frozen=True)


class RecordingDocument(_Document):
    """What the result is of."""

    name: str
    duration_seconds: Seconds
    language: str | None = Field(description="ISO 639-1 code of the language spoken longest, or null.")
    transcript_revision: int | None = Field(
        description="Revision of the transcript that this is; null where the text came from elsewhere."
    )


class TurnDocument(_Document):
    """One person speaking without giving up the floor, as heard. Turns of different speakers may overlap."""

    start_seconds: Seconds
    end_seconds: Seconds
    speaker: str = Field(description="A label of this recording, such as `speaker_1`.")


class HeardSpeakerDocument(_Document):
    """A voice of the recording."""

    speaker: str = Field(description="A label of this recording; numbered as they are first heard.")
    speech_seconds: float = Field(ge=0, description="How long this voice speaks in all.")


class DiarizationDocument(_Document):
    """Who speaks when, told by voice alone."""

    engine: str
    speakers: tuple[HeardSpeakerDocument, ...]
    turns: tuple[TurnDocument, ...]


class SpeakerDocument(_Document):
    """A person of the meeting, after names and corrections."""

    speaker: str = Field(description="As the turns call them: a name, or a label where none is known.")
    labels: tuple[str, ...] = Field(description="The diarization's labels that are this person.")
    voice_id: str | None = Field(description="The enrolled voice that it is, or null.")
    score: float | None = Field(description="Likeness to the nearest enrolled voice, -1 to 1, or null.")
    speech_seconds: float = Field(ge=0)
    word_count: int = Field(ge=0)


class FusedTurnDocument(_Document):
    """A turn with its words. Every word of the transcription is in exactly one turn."""

    start_seconds: Seconds
    end_seconds: Seconds
    speaker: str | None = Field(description="Null where nobody was told apart.")
    text: str = Field(description="Empty for speech that was heard and not understood.")
    words: tuple[str, ...] = Field(description="Ids of words of the transcription.")
    overlapped: bool = Field(description="Somebody else speaks during a part of it.")


class ResultDocument(_Document):
    """A meeting. Keys may be added within a schema version; none changes its meaning."""

    model_config = ConfigDict(from_attributes=True, frozen=True, title="Surtitle meeting result")

    schema_version: Literal[1]
    recording: RecordingDocument
    speakers: tuple[SpeakerDocument, ...] = Field(description="In the order in which they are first heard.")
    fusion: tuple[FusedTurnDocument, ...] = Field(description="Who said what, in the order of time.")
    transcription: TranscriptDocument
    diarization: DiarizationDocument | None = Field(description="Null where the step was left out or failed.")
    minutes: Minutes | None = Field(description="Null where the step was left out or failed.")


def result_json(meeting: Meeting, name: str) -> bytes:
    """UTF-8, ending in a newline; `name` is the recording's. Equal meetings give equal bytes."""
    turns = fused_turns(meeting)
    document = ResultDocument(
        schema_version=RESULT_SCHEMA_VERSION,
        recording=_recording(meeting, name),
        speakers=_speakers(meeting, turns),
        fusion=tuple(_fused(turn) for turn in turns),
        transcription=TranscriptDocument.model_validate(meeting.transcript),
        diarization=_diarization(meeting),
        minutes=meeting.minutes_now(),
    )
    return document.model_dump_json(indent=1).encode() + b"\n"


def result_schema_json() -> str:
    """The JSON Schema (2020-12) of the document, as the documentation carries it."""
    schema = ResultDocument.model_json_schema(mode="serialization")
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _recording(meeting: Meeting, name: str) -> RecordingDocument:
    transcript: Transcript = meeting.transcript
    return RecordingDocument(
        name=name,
        duration_seconds=transcript.duration_seconds,
        language=transcript.language,
        transcript_revision=meeting.revision,
    )


def _fused(turn: FusedTurn) -> FusedTurnDocument:
    return FusedTurnDocument(
        start_seconds=turn.start_seconds,
        end_seconds=turn.end_seconds,
        speaker=turn.speaker,
        text=turn.text,
        words=tuple(word.id for word in turn.words),
        overlapped=turn.overlapped,
    )


def _diarization(meeting: Meeting) -> DiarizationDocument | None:
    if meeting.diarization is None:
        return None
    heard = meeting.diarization
    return DiarizationDocument(
        engine=heard.engine,
        speakers=tuple(HeardSpeakerDocument.model_validate(voice) for voice in heard.voices),
        turns=tuple(TurnDocument.model_validate(turn) for turn in heard.turns),
    )


def _speakers(meeting: Meeting, turns: list[FusedTurn]) -> tuple[SpeakerDocument, ...]:
    called = meeting.called
    people = dict.fromkeys(turn.speaker for turn in turns if turn.speaker is not None)
    return tuple(_speaker(meeting, person, called, turns) for person in people)


def _speaker(
    meeting: Meeting, person: str, called: dict[str, str], turns: list[FusedTurn]
) -> SpeakerDocument:
    theirs = [turn for turn in turns if turn.speaker == person]
    labels = tuple(label for label, name in called.items() if name == person)
    found = [one for one in (meeting.names.speakers if meeting.names else ()) if one.speaker in labels]
    # A person may have called a speaker otherwise than the voice was recognised.
    known = max((one for one in found if one.name == person), key=lambda one: one.score or 0.0, default=None)
    return SpeakerDocument(
        speaker=person,
        labels=labels,
        voice_id=known.voice_id if known else None,
        score=known.score if known else None,
        speech_seconds=round(sum(turn.end_seconds - turn.start_seconds for turn in theirs), 3),
        word_count=sum(len(turn.words) for turn in theirs),
    )


if __name__ == "__main__":
    sys.stdout.write(result_schema_json())
