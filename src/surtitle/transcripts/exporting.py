"""Transcripts as part of what a person takes along."""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import PurePosixPath
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.export import ExportedFile, projects_of
from surtitle.accounts.zip_stream import zip_name
from surtitle.db.engine import Database
from surtitle.db.models import Revision, StoredTranscript
from surtitle.domain.transcript import Transcript
from surtitle.transcripts.exports import txt_file
from surtitle.transcripts.schema import transcript_json
from surtitle.transcripts.service import TranscriptService

_BATCH = 100


class TranscriptExport:
    """The `Exportable` of transcripts: the newest text of each, as JSON and as plain text. Of a project that
    the person has left, the last one that they wrote themselves.
    """

    def __init__(self, database: Database, transcripts: TranscriptService) -> None:
        self._database = database
        self._transcripts = transcripts

    async def files(self, user_id: UUID) -> AsyncIterator[ExportedFile]:
        after = UUID(int=0)
        while True:
            async with self._database.reading() as session:
                query = select(StoredTranscript).where(
                    StoredTranscript.created_by == user_id, StoredTranscript.id > after
                )
                rows = (await session.scalars(query.order_by(StoredTranscript.id).limit(_BATCH))).all()
                joined = await projects_of(session, user_id)
                numbers = [
                    stored.head
                    if stored.project_id in joined
                    else await _last_by(session, stored.id, user_id)
                    for stored in rows
                ]
            for stored, number in zip(rows, numbers, strict=True):
                after = stored.id
                if number is None:
                    continue
                name = f"transcripts/{stored.id}-{zip_name(PurePosixPath(stored.name).stem)}"
                for ending, made in (("json", transcript_json), ("txt", _plain)):
                    pieces = partial(self._pieces, stored, number, made)
                    yield ExportedFile(f"{name}.{ending}", stored.updated_at, 0, packed=True, open=pieces)
            if len(rows) < _BATCH:
                return

    async def _pieces(
        self, stored: StoredTranscript, number: int, made: Callable[[Transcript], bytes]
    ) -> AsyncIterator[bytes]:
        found = await self._transcripts.text(stored.project_id, stored.id, number)
        yield await asyncio.to_thread(made, found.transcript)


async def _last_by(session: AsyncSession, transcript_id: UUID, user_id: UUID) -> int | None:
    """The newest revision that the person wrote, with what stood in the text then."""
    return await session.scalar(
        select(func.max(Revision.number)).where(
            Revision.transcript_id == transcript_id, Revision.author == f"user:{user_id}"
        )
    )


def _plain(transcript: Transcript) -> bytes:
    return txt_file(transcript, "")
