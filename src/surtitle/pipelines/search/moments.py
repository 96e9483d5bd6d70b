"""What is found: a moment with what was said around it, and where it plays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.models import StoredTranscript
from surtitle.db.search_models import SearchChunk


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of a transcript. `before` and `after` are the moments around it, empty at the ends.

    `media_id` is None where there is no recording to play (any more), `job_id` where the job that made it is
    gone. `speaker` says most of it, `speakers` are all who are heard in it, in order. `by_words` and
    `by_meaning` say how it was found, `said_share` how many of the question's words are said, 0..1.
    `similarity` is the cosine between its meaning and the question's, where it was among the nearest.
    """

    chunk_id: int
    transcript_id: UUID
    transcript_name: str
    recorded_at: datetime
    media_id: UUID | None
    job_id: UUID | None
    start_seconds: float
    end_seconds: float
    speaker: str | None
    language: str | None
    text: str
    speakers: Sequence[str] = ()
    before: str = ""
    after: str = ""
    by_words: bool = False
    by_meaning: bool = False
    said_share: float = 0.0
    similarity: float | None = None


# Putting a statement together takes longer than running it, and each question asks this. Columns, not rows as
# objects: those are kept track of.
_MOMENTS = (
    select(
        SearchChunk.id,
        SearchChunk.transcript_id,
        SearchChunk.start_seconds,
        SearchChunk.end_seconds,
        SearchChunk.speaker,
        SearchChunk.speakers,
        SearchChunk.language,
        SearchChunk.text,
        StoredTranscript.name,
        StoredTranscript.created_at,
        StoredTranscript.media_id,
        StoredTranscript.job_id,
    )
    .join(StoredTranscript, StoredTranscript.id == SearchChunk.transcript_id)
    .where(SearchChunk.id.in_(bindparam("ids", expanding=True)))
    .where(SearchChunk.project_id == bindparam("project", type_=Uuid()))
)


async def moments_of(session: AsyncSession, project_id: UUID, ids: Sequence[int]) -> dict[int, Moment]:
    """Moments by id, with what was said around them; those that are gone are left out."""
    # Neighbours have neighbouring ids: see `POSITION_BITS`.
    wanted = sorted({one + step for one in ids for step in (-1, 0, 1)})
    found = await session.execute(_MOMENTS, {"ids": wanted, "project": project_id})
    rows = {row.id: row for row in found}
    return {one: _moment(rows[one], rows.get(one - 1), rows.get(one + 1)) for one in ids if one in rows}


def _moment(row: Any, before: Any, after: Any) -> Moment:
    return Moment(
        chunk_id=row.id,
        transcript_id=row.transcript_id,
        transcript_name=row.name,
        recorded_at=row.created_at,
        media_id=row.media_id,
        job_id=row.job_id,
        start_seconds=row.start_seconds,
        end_seconds=row.end_seconds,
        speaker=row.speaker,
        speakers=tuple(row.speakers),
        language=row.language,
        text=row.text,
        before=_text_beside(row, before),
        after=_text_beside(row, after),
    )


def _text_beside(row: Any, beside: Any) -> str:
    if beside is None or beside.transcript_id != row.transcript_id:
        return ""
    text: str = beside.text
    return text
