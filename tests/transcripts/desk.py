"""Transcripts in a real database and store, without a surface."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.transcripts.edits import OPERATION

from surtitle.db.engine import Database
from surtitle.db.models import PERSONAL_PROJECT, Revision
from surtitle.domain.transcript import Transcript
from surtitle.storage import ObjectStore
from surtitle.transcripts.archive import RevisionArchive
from surtitle.transcripts.importing.service import TranscriptImports
from surtitle.transcripts.schema import transcript_json
from surtitle.transcripts.service import TranscriptService


@dataclass
class Desk:
    """One installation's transcripts, and one of them on the desk."""

    database: Database
    store: ObjectStore
    service: TranscriptService
    imports: TranscriptImports
    id: UUID

    async def edit(self, base: int, *wishes: dict[str, Any]) -> Revision:
        asked = [OPERATION.validate_python(wish) for wish in wishes]
        return await self.service.revise(PERSONAL_PROJECT, self.id, base, asked)

    async def undo(self, base: int) -> Revision:
        return await self.service.undo(PERSONAL_PROJECT, self.id, base)

    async def redo(self, base: int) -> Revision:
        return await self.service.redo(PERSONAL_PROJECT, self.id, base)

    async def text(self, number: int | None = None) -> Transcript:
        return (await self.service.text(PERSONAL_PROJECT, self.id, number)).transcript

    async def anew(self, number: int) -> Transcript:
        """The same, read by a process that remembers nothing."""
        archive = RevisionArchive(self.database, self.store)
        return await archive.read(self.id, number)


async def laid_out(database: Database, store: ObjectStore, transcript: Transcript) -> Desk:
    imports = TranscriptImports(database, store)
    stored = await imports.bring(PERSONAL_PROJECT, "talk.json", transcript_json(transcript))
    service = TranscriptService(database, store, RevisionArchive(database, store))
    return Desk(database, store, service, imports, stored.id)
