"""Where to look: some of a project's transcripts, and what some people say in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, select

from surtitle.db.models import StoredTranscript
from surtitle.db.search_models import IndexedTranscript, TranscriptTag


@dataclass(frozen=True, slots=True)
class Filters:
    """All of them hold together. Times are when a transcript was made: `since` on, before `until`."""

    speaker: str | None = None
    language: str | None = None
    tag: str | None = None
    transcript_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def choose_transcripts(self) -> bool:
        """Whether some of the project's transcripts are left out."""
        return any((self.language, self.tag, self.transcript_id, self.since, self.until))


def chosen_numbers(project_id: UUID, filters: Filters) -> Select[int]:
    """The numbers of the indexed transcripts that may be looked at."""
    query = (
        select(IndexedTranscript.number)
        .join(StoredTranscript, StoredTranscript.id == IndexedTranscript.transcript_id)
        .where(IndexedTranscript.project_id == project_id, *_conditions(filters))
    )
    if filters.tag is not None:
        query = query.where(
            exists().where(
                TranscriptTag.transcript_id == StoredTranscript.id, TranscriptTag.tag == filters.tag
            )
        )
    return query


def _conditions(filters: Filters) -> Sequence[Any]:
    wanted: list[Any] = []
    if filters.language is not None:
        wanted.append(StoredTranscript.language == filters.language)
    if filters.transcript_id is not None:
        wanted.append(StoredTranscript.id == filters.transcript_id)
    if filters.since is not None:
        wanted.append(StoredTranscript.created_at >= filters.since)
    if filters.until is not None:
        wanted.append(StoredTranscript.created_at < filters.until)
    return wanted
