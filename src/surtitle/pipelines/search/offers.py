"""What a project's transcripts can be narrowed down by: their tags and their languages."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from surtitle.db.engine import Database
from surtitle.db.models import StoredTranscript
from surtitle.db.search_models import TranscriptTag

_MOST = 200


@dataclass(frozen=True, slots=True)
class Offers:
    """In alphabetical order; languages are codes."""

    tags: Sequence[str]
    languages: Sequence[str]


class FilterOffers:
    """Looks up what filters can be chosen from."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, project_id: UUID) -> Offers:
        """Of the project's transcripts, and at most so many as a list can show."""
        tags = select(TranscriptTag.tag).where(TranscriptTag.project_id == project_id)
        languages = select(StoredTranscript.language).where(
            StoredTranscript.project_id == project_id, StoredTranscript.language.is_not(None)
        )
        async with self._database.reading() as session:
            found = await session.scalars(tags.distinct().order_by(TranscriptTag.tag).limit(_MOST))
            spoken = await session.scalars(languages.distinct().order_by(StoredTranscript.language))
            return Offers(found.all(), [code for code in spoken if code])
