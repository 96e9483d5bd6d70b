"""Bringing transcripts in from files."""

import asyncio
import hashlib
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from surtitle.db.engine import Database
from surtitle.db.models import IdempotencyKey, StoredTranscript
from surtitle.ids import new_id
from surtitle.jobs.errors import IdempotencyMismatch
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
        `UnreadableSubtitles`, `UnreadableTranscript`, `MediaNotFound`.
        """
        told = [hashlib.sha256(data).hexdigest(), name, str(media_id), str(language)]
        fingerprint = hashlib.sha256("\n".join(told).encode(errors="replace")).hexdigest()
        if idempotency_key and (known := await self._known(project_id, idempotency_key, fingerprint)):
            return known
        duration = await self._duration(project_id, media_id)
        transcript = await asyncio.to_thread(read_import, data, duration_seconds=duration, language=language)
        transcript_id = new_id()
        key = object_key(transcript_id)
        new = NewTranscript(
            id=transcript_id,
            project_id=project_id,
            name=name,
            media_id=media_id,
            job_id=None,
            object_key=key,
            kind=RevisionKind.IMPORTED,
            author=author,
            created_by=created_by,
        )
        async with intending(self._database, self._store, key) as intent:
            await self._store.put_bytes(key, await asyncio.to_thread(packed, transcript))
            try:
                async with self._database.writing() as session:
                    await intent.fulfil(session)
                    if idempotency_key:
                        session.add(
                            IdempotencyKey(
                                project_id=project_id,
                                scope=_SCOPE,
                                key=idempotency_key,
                                request_hash=fingerprint,
                                object_id=transcript_id,
                            )
                        )
                    return await create(session, new, transcript)
            except IntegrityError:
                # The same request was under way twice, and the other one was first.
                if not idempotency_key:
                    raise
                known = await self._known(project_id, idempotency_key, fingerprint)
                if known is None:
                    raise
                return known

    async def _known(self, project_id: UUID, key: str, fingerprint: str) -> StoredTranscript | None:
        async with self._database.reading() as session:
            repository = TranscriptRepository(session)
            remembered = await repository.remembered(project_id, _SCOPE, key)
            if remembered is None:
                return None
            if remembered.request_hash != fingerprint:
                raise IdempotencyMismatch(key)
            known = await repository.get(project_id, remembered.object_id)
        if known is None:
            raise TranscriptNotFound(remembered.object_id)
        return known

    async def _duration(self, project_id: UUID, media_id: UUID | None) -> float | None:
        if media_id is None:
            return None
        async with self._database.reading() as session:
            media = await TranscriptRepository(session).media(project_id, media_id)
        if media is None:
            raise MediaNotFound(media_id)
        return media.duration_seconds
