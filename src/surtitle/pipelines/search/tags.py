"""Words that people file transcripts under."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, insert, select

from surtitle.db.engine import Database
from surtitle.db.search_models import TranscriptTag
from surtitle.errors import Invalid
from surtitle.transcripts.document import printable
from surtitle.transcripts.errors import TranscriptNotFound
from surtitle.transcripts.repository import TranscriptRepository

MOST_TAGS = 50
TAG_CHARACTERS = 60


def tag_of(text: str) -> str:
    """A tag as it is compared: in lower case, with single spaces. Raises `Invalid` where nothing is left."""
    tag = " ".join(printable(text.casefold()).split())[:TAG_CHARACTERS].rstrip()
    if not tag:
        raise Invalid("A tag needs at least one character that can be seen.", field="tag")
    return tag


class Tags:
    """The tags of transcripts; every method names the project whose transcripts it may see."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, project_id: UUID, transcript_id: UUID) -> Sequence[str]:
        """In alphabetical order. Raises `TranscriptNotFound`."""
        async with self._database.reading() as session:
            if await TranscriptRepository(session).get(project_id, transcript_id) is None:
                raise TranscriptNotFound(transcript_id)
            query = select(TranscriptTag.tag).where(TranscriptTag.transcript_id == transcript_id)
            return (await session.scalars(query.order_by(TranscriptTag.tag))).all()

    async def replace(self, project_id: UUID, transcript_id: UUID, tags: Sequence[str]) -> Sequence[str]:
        """Make these the whole list. Raises `TranscriptNotFound`, and `Invalid` for an empty one."""
        kept = sorted({tag_of(text) for text in tags})
        async with self._database.writing() as session:
            if await TranscriptRepository(session).get(project_id, transcript_id) is None:
                raise TranscriptNotFound(transcript_id)
            await session.execute(delete(TranscriptTag).where(TranscriptTag.transcript_id == transcript_id))
            rows = [{"transcript_id": transcript_id, "project_id": project_id, "tag": tag} for tag in kept]
            if rows:
                await session.execute(insert(TranscriptTag), rows)
        return kept
