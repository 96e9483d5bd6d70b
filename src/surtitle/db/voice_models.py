"""The tables of known voices: whose they are, what they agreed to, what they sound like. Times are UTC."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from surtitle.clock import utc_now
from surtitle.db.base import Base
from surtitle.ids import new_id


class KnownVoice(Base):
    """A person whose voice a project knows. `name_key` is the name as it is compared: once in a project.

    `erasing_at`: it is being erased, and no longer heard; see `pipelines.voices.erasing`.
    """

    __tablename__ = "voices"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID]
    created_by: Mapped[UUID | None]
    user_id: Mapped[UUID | None]
    """The account of the person whose voice it is; None: not known, or they have none."""
    name: Mapped[str] = mapped_column(String(120))
    name_key: Mapped[str] = mapped_column(String(240))
    former_names: Mapped[list[Any]] = mapped_column(default=list)
    """What the person was called before: such names may stand in past meetings."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)
    erasing_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("project_id", "name_key"),
        Index(None, "project_id", "id"),
        Index(None, "created_by"),
        Index(None, "user_id"),
    )


class Consent(Base):
    """What a person agreed to. The newest of a voice is in force; those before it stay for the record."""

    __tablename__ = "consents"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    voice_id: Mapped[UUID] = mapped_column(ForeignKey("voices.id", ondelete="CASCADE"))
    given_by: Mapped[str] = mapped_column(String(200))
    purpose: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    created_by: Mapped[UUID | None]
    """Who wrote it down."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    __table_args__ = (Index(None, "voice_id", "id"), Index(None, "created_by"))


class Voiceprint(Base):
    """What one clip, or one speaker of a recording, taught of a voice. The sound itself is not kept.

    `embedding` is float32, little-endian, of unit length; only those of one `encoder` can be compared.
    `transcript_id` and `speaker` say which labelled speaker it was, if it was one.
    """

    __tablename__ = "voiceprints"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    voice_id: Mapped[UUID] = mapped_column(ForeignKey("voices.id", ondelete="CASCADE"))
    encoder: Mapped[str] = mapped_column(String(64))
    embedding: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the sound that was heard: the same clip twice teaches nothing."""
    speech_seconds: Mapped[float] = mapped_column(Float)
    noise_decibels: Mapped[float] = mapped_column(Float)
    """How far the speech stands above the noise."""
    transcript_id: Mapped[UUID | None] = mapped_column(ForeignKey("transcripts.id", ondelete="SET NULL"))
    speaker: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    __table_args__ = (UniqueConstraint("voice_id", "sha256", "encoder"), Index(None, "transcript_id"))


class SpeakerLabel(Base):
    """A place where the name of a known voice stands: a transcript, or the files of a job. Never both, or one
    would take the trace of the other with it.

    `speaker` is the recording's own label (`speaker_2`), `name` what stands there instead. Written in the
    transaction of the name, or before it; never changed, and gone only with the place or with the voice.
    """

    __tablename__ = "speaker_labels"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    voice_id: Mapped[UUID] = mapped_column(ForeignKey("voices.id", ondelete="CASCADE"))
    transcript_id: Mapped[UUID | None] = mapped_column(ForeignKey("transcripts.id", ondelete="CASCADE"))
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    speaker: Mapped[str] = mapped_column(String(200))
    project_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(200))
    score: Mapped[float | None] = mapped_column(Float)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    __table_args__ = (
        CheckConstraint("(transcript_id IS NULL) <> (job_id IS NULL)", name="one_place"),
        Index(None, "voice_id"),
        Index(None, "transcript_id"),
        Index(None, "job_id"),
        Index(None, "project_id"),
    )
