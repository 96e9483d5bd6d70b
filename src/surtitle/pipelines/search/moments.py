"""What is found: a moment with what was said around it, and where it plays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
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


async def moments_of(session: AsyncSession, project_id: UUID, ids: Sequence[int]) -> dict[int, Moment]:
    """Moments by id, with what was said around them; those that are gone are left out."""
    # Neighbours have neighbouring ids: see `POSITION_BITS`.
    wanted = {one + step for one in ids for step in (-1, 0, 1)}
    of_transcript = (StoredTranscript.name, StoredTranscript.created_at, StoredTranscript.media_id)
    columns = SearchChunk, *of_transcript, StoredTranscript.job_id
    found = await session.execute(
        select(*columns)
        .join(StoredTranscript, StoredTranscript.id == SearchChunk.transcript_id)
        .where(SearchChunk.id.in_(wanted), SearchChunk.project_id == project_id)
    )
    rows = {row.SearchChunk.id: row for row in found}
    return {one: _moment(rows[one], rows.get(one - 1), rows.get(one + 1)) for one in ids if one in rows}


def _moment(row: Any, before: Any, after: Any) -> Moment:
    chunk: SearchChunk = row.SearchChunk
    return Moment(
        chunk_id=chunk.id,
        transcript_id=chunk.transcript_id,
        transcript_name=row.name,
        recorded_at=row.created_at,
        media_id=row.media_id,
        job_id=row.job_id,
        start_seconds=chunk.start_seconds,
        end_seconds=chunk.end_seconds,
        speaker=chunk.speaker,
        speakers=tuple(chunk.speakers),
        language=chunk.language,
        text=chunk.text,
        before=_text_beside(chunk, before),
        after=_text_beside(chunk, after),
    )


def _text_beside(chunk: SearchChunk, row: Any) -> str:
    if row is None or row.SearchChunk.transcript_id != chunk.transcript_id:
        return ""
    text: str = row.SearchChunk.text
    return text
