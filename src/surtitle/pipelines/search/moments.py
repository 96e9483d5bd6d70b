"""What is found: a moment with what was said around it, and where it plays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.models import StoredTranscript
from surtitle.db.search_models import SearchChunk


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of a transcript. `before` and `after` are the moments around it, empty at the ends.

    `media_id` is None where there is no recording to play (any more). `by_words` and `by_meaning` say how it
    was found, `said_share` how many of the question's words are said, 0..1. `similarity` is the cosine
    between its meaning and the question's, where it was among the nearest.
    """

    chunk_id: int
    transcript_id: UUID
    transcript_name: str
    recorded_at: datetime
    media_id: UUID | None
    start_seconds: float
    end_seconds: float
    speaker: str | None
    language: str | None
    text: str
    before: str = ""
    after: str = ""
    by_words: bool = False
    by_meaning: bool = False
    said_share: float = 0.0
    similarity: float | None = None


async def rows_of(session: AsyncSession, project_id: UUID, ids: Sequence[int]) -> dict[int, Any]:
    """Moments with their transcripts, by id; those that are gone are left out."""
    columns = (
        SearchChunk,
        StoredTranscript.name,
        StoredTranscript.created_at,
        StoredTranscript.media_id,
    )
    rows = await session.execute(
        select(*columns)
        .join(StoredTranscript, StoredTranscript.id == SearchChunk.transcript_id)
        .where(SearchChunk.id.in_(ids), SearchChunk.project_id == project_id)
    )
    return {row.SearchChunk.id: row for row in rows}


async def around(session: AsyncSession, rows: Sequence[Any]) -> dict[tuple[UUID, int], str]:
    """The texts of the moments beside these, by transcript and position."""
    beside = [
        and_(
            SearchChunk.transcript_id == row.SearchChunk.transcript_id,
            SearchChunk.position.in_((row.SearchChunk.position - 1, row.SearchChunk.position + 1)),
        )
        for row in rows
    ]
    if not beside:
        return {}
    found = await session.execute(
        select(SearchChunk.transcript_id, SearchChunk.position, SearchChunk.text).where(or_(*beside))
    )
    return {(transcript_id, position): text for transcript_id, position, text in found}
