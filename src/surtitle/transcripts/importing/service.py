"""Bringing transcripts in from files."""

import asyncio
import hashlib
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from surtitle.db.engine import Database
from surtitle.db.models import StoredTranscript
from surtitle.db.repeats import Repeatable
from surtitle.domain.transcript import Transcript
from surtitle.ids import new_id
from surtitle.media.errors import MediaNotFound
from surtitle.media.keeping import intending
from surtitle.storage import ObjectStore
from surtitle.transcripts.archive import object_key, packed
from surtitle.transcripts.creation import OWNER, NewTranscript, RevisionKind, create
from surtitle.transcripts.errors import TranscriptNotFound
from surtitle.transcripts.importing.reading import read_import
from surtitle.transcripts.repository import TranscriptRepository

MAX_IMPORT_BYTES = 64 * 1024**2
"""The document of a recording of 24 hours fits in well."""

_SCOPE = "transcripts"


class TranscriptImports:
    """Imports for all projects; every call names the project that the transcript will be in."""

    def __init__(self, database: Database, store: ObjectStore) -> None:
        self._database = database
        self._store = store
        # Two at once would be no sooner done, and take twice the memory.
        self._turn = asyncio.Lock()

    async def bring(
        self,
        project_id: UUID,
        name: str,
        data: bytes,
        *,
        media_id: UUID | None = None,
        language: str | None = None,
        idempotency_key: str | None = None,
        author: str = OWNER,
        created_by: UUID | None = None,
    ) -> StoredTranscript:
        """Make a transcript of an srt, vtt or json file, of the recording `media_id` if one is named.

        The same key with the same file gives the transcript that it gave before. Raises
        `UnreadableSubtitles`, `UnreadableTranscript`, `TooLarge`, `MediaNotFound`,
        `KeyReused`.
        """
        told = [hashlib.sha256(data).hexdigest(), name, str(media_id), str(language)]
        digest = hashlib.sha256("\n".join(told).encode(errors="replace")).hexdigest()
        request = Repeatable(project_id, _SCOPE, idempotency_key, digest) if idempotency_key else None
        if request is not None and (known := await self._known(request)):
            return known
        duration = await self._duration(project_id, media_id)
        async with self._turn:
            transcript = await asyncio.to_thread(
                read_import, data, duration_seconds=duration, language=language
            )
            document = await asyncio.to_thread(packed, transcript)
        transcript_id = new_id()
        new = NewTranscript(
            id=transcript_id,
            project_id=project_id,
            name=name,
            media_id=media_id,
            job_id=None,
            object_key=object_key(transcript_id),
            kind=RevisionKind.IMPORTED,
            author=author,
            created_by=created_by,
        )
        return await self._kept(new, transcript, document, request)

    async def _kept(
        self, new: NewTranscript, transcript: Transcript, document: bytes, request: Repeatable | None
    ) -> StoredTranscript:
        async with intending(self._database, self._store, new.object_key) as intent:
            await self._store.put_bytes(new.object_key, document)
            try:
                async with self._database.writing() as session:
                    await intent.fulfil(session)
                    if request is not None:
                        request.remember(session, new.id)
                    return await create(session, new, transcript)
            except IntegrityError:
                # The same request was under way twice, and the other one was first.
                if request is None or (known := await self._known(request)) is None:
                    raise
                return known

    async def _known(self, request: Repeatable) -> StoredTranscript | None:
        async with self._database.reading() as session:
            transcript_id = await request.made(session)
            if transcript_id is None:
                return None
            known = await TranscriptRepository(session).get(request.project_id, transcript_id)
        if known is None:
            raise TranscriptNotFound(transcript_id)
        return known

    async def _duration(self, project_id: UUID, media_id: UUID | None) -> float | None:
        if media_id is None:
            return None
        async with self._database.reading() as session:
            media = await TranscriptRepository(session).media(project_id, media_id)
        if media is None:
            raise MediaNotFound(media_id)
        return media.duration_seconds
