"""The transcript as JSON: the public document, its schema, and the way back.

`python -m surtitle.transcripts.schema` prints the JSON Schema that the documentation carries.
"""

import json
import sys
from dataclasses import replace
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from surtitle.domain.transcript import TRANSCRIPT_SCHEMA_VERSION, OriginKind, Segment, Transcript, Word
from surtitle.errors import Invalid

Seconds = Annotated[
    float, Field(ge=0, allow_inf_nan=False, description="Seconds from the start of the recording.")
]


class _Document(BaseModel):
    model_config = ConfigDict(from_attributes=True, frozen=True)


class WordDocument(_Document):
    """One spoken word."""

    id: str = Field(description="Stable for the life of the transcript.")
    text: str = Field(description="As written, with its punctuation.")
    start_seconds: Seconds
    end_seconds: Seconds
    confidence: float | None = Field(
        None, ge=0, le=1, description="The engine's probability; null when it gives none."
    )
    glued: bool = Field(False, description="No space between this word and the one before.")
    origin: str | None = Field(
        None,
        description="A key of the transcript's `origins`; left out for words of its own `origin`.",
        exclude_if=lambda origin: origin is None,
    )


class SegmentDocument(_Document):
    """A stretch of speech that belongs together, usually a sentence or a clause."""

    id: str = Field(description="Stable for the life of the transcript.")
    start_seconds: Seconds
    end_seconds: Seconds
    text: str = Field(description="The words, joined. For readers: `words` is what counts.")
    language: str | None = Field(None, description="ISO 639-1 code.")
    speaker: str | None = Field(None, description="Who speaks; null when not told apart.")
    average_log_probability: float | None = Field(None, description="The engine's own measure, if any.")
    doubtful: str | None = Field(None, description="Why the recogniser distrusts this, or null.")
    words: tuple[WordDocument, ...]


class OriginDocument(_Document):
    """Which engine wrote words and how it was set, or that a person wrote or a file brought them."""

    engine: str = Field(description="Empty when no engine did.")
    model: str = Field(description="The engine's model; for imported words the format of their file.")
    compute_type: str
    device: str
    task: str = Field("transcribe", description="`transcribe`, or `translate` (into English).")
    kind: OriginKind = OriginKind.ENGINE


class StretchDocument(_Document):
    """A part of the recording."""

    start_seconds: Seconds
    end_seconds: Seconds


class TranscriptDocument(_Document):
    """A whole recording as text. Keys may be added within a schema version; none changes its meaning."""

    model_config = ConfigDict(from_attributes=True, frozen=True, title="Surtitle transcript")

    schema_version: Literal[1]
    duration_seconds: Seconds
    language: str | None = Field(
        None, description="ISO 639-1 code of the language spoken longest; null when nothing was spoken."
    )
    language_probability: float | None = Field(None, ge=0, le=1)
    origin: OriginDocument
    origins: dict[str, OriginDocument] = Field(
        {}, description="Who wrote the words that name an `origin` of their own, such as `person`."
    )
    text: str = Field(description="Everything that was said. For readers: `segments` is what counts.")
    segments: tuple[SegmentDocument, ...]
    speech_seconds: float | None = Field(
        None, ge=0, description="How long somebody speaks; null when nothing told speech from silence."
    )
    covered_seconds: float | None = Field(None, ge=0, description="How much of the speech has words.")
    doubtful_seconds: float | None = Field(
        None, ge=0, description="How much of the speech is unheard or under words that are distrusted."
    )
    unheard: tuple[StretchDocument, ...] = Field((), description="Speech for which no words were found.")


_TRANSCRIPT = TypeAdapter(Transcript)
_AnyDocument = TypeVar("_AnyDocument", bound=_Document)


class UnreadableTranscript(Invalid):
    """The bytes are not a transcript of a version that this release reads."""

    slug = "unreadable-transcript"


def transcript_json(transcript: Transcript) -> bytes:
    """The public document, UTF-8, ending in a newline. Equal transcripts give equal bytes."""
    document = TranscriptDocument.model_validate(transcript)
    return document.model_dump_json(indent=1).encode() + b"\n"


def segment_json(segment: Segment) -> dict[str, Any]:
    """One segment as it stands in the public document, in plain JSON values."""
    return SegmentDocument.model_validate(segment).model_dump(mode="json")


def read_transcript(data: bytes) -> Transcript:
    """The transcript in `data`. Unknown keys are ignored. Raises `UnreadableTranscript`."""
    try:
        raw: Any = from_json(data, allow_inf_nan=False)
    except ValueError as error:
        raise UnreadableTranscript(
            f"The transcript is not JSON ({error}). Make it again from its recording."
        ) from None
    _require_known_version(raw)
    found: list[Any] = []
    if isinstance(raw.get("segments"), list):
        found, raw["segments"] = raw["segments"], []
    head = _TRANSCRIPT.validate_python(_valid(TranscriptDocument, raw).model_dump())
    return replace(head, segments=tuple(_segment(found, place) for place in range(len(found))))


def transcript_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the public document."""
    schema = TranscriptDocument.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def transcript_schema_json() -> str:
    """The schema as the documentation carries it."""
    return json.dumps(transcript_schema(), indent=2, ensure_ascii=False) + "\n"


def _segment(found: list[Any], place: int) -> Segment:
    """One after another, and each let go of: as documents the words of a long recording take gigabytes."""
    raw, found[place] = found[place], None
    words: list[Any] = []
    if isinstance(raw, dict) and isinstance(raw.get("words"), list):
        words, raw["words"] = raw["words"], []
    told = _valid(SegmentDocument, raw, "segments", place)
    return Segment(
        id=told.id,
        start_seconds=told.start_seconds,
        end_seconds=told.end_seconds,
        words=tuple(
            Word(**dict(_valid(WordDocument, word, "segments", place, "words", number)))
            for number, word in enumerate(words)
        ),
        language=told.language,
        speaker=told.speaker,
        average_log_probability=told.average_log_probability,
        doubtful=told.doubtful,
    )


def _valid(document: type[_AnyDocument], raw: object, *place: str | int) -> _AnyDocument:
    try:
        return document.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in (*place, *first["loc"]))
        raise UnreadableTranscript(
            f"The transcript is damaged at {where!r}: {first['msg']}. Make it again from its recording."
        ) from None


def _require_known_version(raw: object) -> None:
    version = raw.get("schema_version") if isinstance(raw, dict) else None
    if version != TRANSCRIPT_SCHEMA_VERSION:
        raise UnreadableTranscript(
            f"The transcript has schema_version {version!r}; this release reads "
            f"{TRANSCRIPT_SCHEMA_VERSION}. Use the release that wrote it, or make it again.",
            schema_version=version,
        )


if __name__ == "__main__":
    sys.stdout.write(transcript_schema_json())
