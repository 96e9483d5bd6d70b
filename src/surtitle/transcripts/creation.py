"""The first revision of a transcript: the rows that make it exist."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.models import Revision, StoredTranscript
from surtitle.domain.transcript import Transcript
from surtitle.media.names import safe_name


class RevisionKind(StrEnum):
    """How a revision came about."""

    RECOGNISED = "recognised"
    IMPORTED = "imported"
    LABELLED = "labelled"
    EDIT = "edit"
    UNDO = "undo"
    REDO = "redo"


BY_JOBS = frozenset({RevisionKind.RECOGNISED, RevisionKind.LABELLED})
"""What a job makes of a recording by itself; everything else is a person's wish."""

OWNER = "owner"
"""The author of what is done where no account is asked for; else `Principal.name`."""


@dataclass(frozen=True, slots=True)
class NewTranscript:
    """What a transcript begins with. `object_key` is where its document lies in the store."""

    id: UUID
    project_id: UUID
    name: str
    media_id: UUID | None
    job_id: UUID | None
    object_key: str
    kind: RevisionKind
    author: str
    created_by: UUID | None = None


async def create(session: AsyncSession, new: NewTranscript, transcript: Transcript) -> StoredTranscript:
    """Write the transcript and its revision 1 in the caller's transaction."""
    stored = StoredTranscript(
        id=new.id,
        project_id=new.project_id,
        created_by=new.created_by,
        name=safe_name(new.name),
        media_id=new.media_id,
        job_id=new.job_id,
        language=transcript.language,
        duration_seconds=transcript.duration_seconds,
    )
    session.add(stored)
    await session.flush()
    session.add(
        Revision(
            transcript_id=new.id,
            number=1,
            kind=new.kind,
            author=new.author,
            content=1,
            tip=1,
            object_key=new.object_key,
        )
    )
    await session.flush()
    return stored
