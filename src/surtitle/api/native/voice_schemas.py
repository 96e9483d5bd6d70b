"""The JSON documents of `/api/voices`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from surtitle.api.dependencies import Moment
from surtitle.api.native.schemas import Document
from surtitle.clock import utc_now
from surtitle.db.voice_models import Consent, Voiceprint
from surtitle.paging import Page
from surtitle.pipelines.voices.consent import Agreement
from surtitle.pipelines.voices.details import VoiceDetail, VoiceState
from surtitle.pipelines.voices.erasing import VoiceErasure
from surtitle.pipelines.voices.matching import Likeness
from surtitle.pipelines.voices.names import NAME_CHARACTERS
from surtitle.pipelines.voices.naming import NamingPage
from surtitle.pipelines.voices.recognising import Recognition

NEAREST_SHOWN = 3

Line = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Purpose = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
VoiceName = Annotated[str, StringConstraints(min_length=1, max_length=NAME_CHARACTERS, strip_whitespace=True)]


class ConsentRequest(BaseModel):
    """What the person agreed to."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"given_by": "Ana Duarte, by e-mail", "purpose": "Names in minutes"}},
    )

    given_by: Line = Field(description="Who agreed, and how, so that it can be looked up.")
    purpose: Purpose = Field(description="What the voice may be used for.")
    given_at: Moment | None = Field(None, description="When; left out, now.")
    expires_at: Moment | None = Field(None, description="Until when; left out, until it is taken back.")

    @field_validator("given_by", "purpose")
    @classmethod
    def _printable(cls, text: str) -> str:
        if "\0" in text:
            raise ValueError("a text holds no NUL")
        return text

    @property
    def agreement(self) -> Agreement:
        return Agreement(self.given_by, self.purpose, self.given_at or utc_now(), self.expires_at)


class SpeakerRequest(BaseModel):
    """A speaker of a transcript, whose voice one more clip is made of."""

    model_config = ConfigDict(extra="forbid")

    transcript_id: UUID
    speaker: Line = Field(description="As they stand in the transcript: `speaker_2`, or a name.")
    alike: bool = Field(False, description="Never mind what it sounds like.")


class SpeakerVoiceRequest(SpeakerRequest):
    """A speaker of a transcript, to be known by name."""

    name: VoiceName
    consent: ConsentRequest
    own: bool = Field(False, description="It is the caller's own voice: it goes when their account does.")


class VoiceRequest(BaseModel):
    """What to change. Left out, it stays."""

    model_config = ConfigDict(extra="forbid")

    name: VoiceName | None = None
    consent: ConsentRequest | None = Field(None, description="A new consent; the old ones stay on record.")


class ConsentDocument(BaseModel):
    """A consent as it was recorded."""

    given_by: str
    purpose: str
    given_at: datetime
    expires_at: datetime | None
    recorded_by: UUID | None = Field(description="The account that wrote it down, if it was one.")
    recorded_at: datetime

    @classmethod
    def of(cls, row: Consent) -> "ConsentDocument":
        return cls(
            given_by=row.given_by,
            purpose=row.purpose,
            given_at=row.given_at,
            expires_at=row.expires_at,
            recorded_by=row.created_by,
            recorded_at=row.created_at,
        )


class ClipDocument(BaseModel):
    """What one clip taught. The sound itself is not kept."""

    id: UUID
    encoder: str = Field(description="Only voices learned by the same encoder are compared.")
    speech_seconds: float
    noise_decibels: float = Field(description="How far the speech stands above the noise.")
    transcript_id: UUID | None = Field(description="The transcript whose speaker it was, if it was one.")
    speaker: str | None
    created_at: datetime

    @classmethod
    def of(cls, row: Voiceprint) -> "ClipDocument":
        return cls(
            id=row.id,
            encoder=row.encoder,
            speech_seconds=row.speech_seconds,
            noise_decibels=row.noise_decibels,
            transcript_id=row.transcript_id,
            speaker=row.speaker,
            created_at=row.created_at,
        )


class VoiceDocument(Document):
    """A person whose voice the project knows."""

    id: UUID
    name: str
    state: VoiceState = Field(description="Only a voice that is `known` is looked for in recordings.")
    consents: list[ConsentDocument] = Field(description="The newest first: it is the one in force.")
    clips: list[ClipDocument]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, detail: VoiceDetail) -> "VoiceDocument":
        voice = detail.voice
        return cls(
            id=voice.id,
            name=voice.name,
            state=detail.state,
            consents=[ConsentDocument.of(one) for one in detail.consents],
            clips=[ClipDocument.of(one) for one in detail.clips],
            created_at=voice.created_at,
            updated_at=voice.updated_at,
        )


class VoicePage(Document):
    """Voices, in the order in which they were enrolled."""

    items: list[VoiceDocument]
    next_cursor: str | None = Field(description="For the next page; null on the last.")

    @classmethod
    def of(cls, page: Page[VoiceDetail]) -> "VoicePage":
        return cls(items=[VoiceDocument.of(one) for one in page.items], next_cursor=page.next_cursor)


class NamedMeetingDocument(BaseModel):
    """A past meeting in which the voice was found."""

    transcript_id: UUID
    job_id: UUID
    speakers: list[str] = Field(description="The labels that now bear the name.")


class NamingDocument(Document):
    """What was found in some past meetings, the newest first."""

    looked_at: int = Field(description="How many meetings were listened to.")
    named: list[NamedMeetingDocument]
    next_cursor: str | None = Field(description="For the meetings before; null when all were looked at.")

    @classmethod
    def of(cls, page: NamingPage) -> "NamingDocument":
        named = [
            NamedMeetingDocument(
                transcript_id=one.transcript_id, job_id=one.job_id, speakers=list(one.speakers)
            )
            for one in page.named
        ]
        return cls(looked_at=page.looked_at, named=named, next_cursor=page.next_cursor)


class LikenessDocument(BaseModel):
    """A known voice, and how like the clip is to it."""

    voice_id: UUID
    name: str
    score: float = Field(description="The cosine between both embeddings, -1 to 1.")

    @classmethod
    def of(cls, one: Likeness) -> "LikenessDocument":
        return cls(voice_id=one.known.voice_id, name=one.known.name, score=round(one.score, 3))


class RecognitionDocument(Document):
    """Who a clip is taken for."""

    voice: LikenessDocument | None = Field(description="Null: nobody who is known, or not surely.")
    nearest: list[LikenessDocument] = Field(
        description=f"The known voices, the most alike first, {NEAREST_SHOWN} at most."
    )
    threshold: float = Field(description="The likeness from which a voice is the same.")
    margin: float = Field(description="By so much the nearest must be nearer than the next.")
    encoder: str
    speech_seconds: float
    noise_decibels: float = Field(description="How far the speech stands above the noise.")

    @classmethod
    def of(cls, found: Recognition) -> "RecognitionDocument":
        return cls(
            voice=LikenessDocument.of(found.match) if found.match else None,
            nearest=[LikenessDocument.of(one) for one in found.nearest[:NEAREST_SHOWN]],
            threshold=found.threshold,
            margin=found.margin,
            encoder=found.encoder,
            speech_seconds=round(found.facts.speech_seconds, 2),
            noise_decibels=round(found.facts.noise_decibels, 1),
        )


class VoiceErasureDocument(Document):
    """What an erasure took away."""

    voice_id: UUID
    finished: bool = Field(
        description="False while a meeting is worked on that may name the voice: the rest goes when it ends."
    )
    erased: dict[str, int] = Field(
        description="By kind: voices, voiceprints, consents, names in meetings, transcripts and files that "
        "said one."
    )

    @classmethod
    def of(cls, done: VoiceErasure) -> "VoiceErasureDocument":
        return cls(voice_id=done.voice_id, finished=done.finished, erased=dict(done.erased))
