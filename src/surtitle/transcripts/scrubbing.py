"""Names of speakers taken out of a transcript and its history, in which nothing else is ever changed."""

import asyncio
import gzip
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import undefer

from surtitle.db.engine import Database
from surtitle.db.models import Discarded, Revision
from surtitle.db.search_models import IndexedTranscript
from surtitle.domain.transcript import Transcript
from surtitle.media.keeping import intending
from surtitle.storage import ObjectStore
from surtitle.transcripts.archive import RevisionArchive, object_key, packed
from surtitle.transcripts.schema import read_transcript

_SPOKEN = frozenset({"text", "find", "replace", "quote"})
"""Keys whose strings are what somebody said or wrote, not who said it."""


class HistoryScrubber:
    """Makes every revision of a transcript, old ones too, say another name for a speaker.

    It may die between any two lines: called again, it does the rest.
    """

    def __init__(self, database: Database, store: ObjectStore, archive: RevisionArchive) -> None:
        self._database = database
        self._store = store
        self._archive = archive

    async def scrub(self, transcript_id: UUID, names: Mapping[str, str]) -> None:
        """`names`: what each name is to become."""
        async with self._database.reading() as session:
            rows = await session.execute(
                select(Revision.number, Revision.object_key).where(
                    Revision.transcript_id == transcript_id, Revision.object_key.is_not(None)
                )
            )
            whole = [(number, key) for number, key in rows if key is not None]
        for number, key in whole:
            await self._scrub_whole(transcript_id, number, key, names)
        await self._scrub_changes(transcript_id, names)
        self._archive.forget(transcript_id)
        async with self._database.writing() as session:
            # The index knows them too: what it holds goes, and is made again of the scrubbed text.
            await session.execute(
                delete(IndexedTranscript).where(IndexedTranscript.transcript_id == transcript_id)
            )

    async def _scrub_whole(
        self, transcript_id: UUID, number: int, old_key: str, names: Mapping[str, str]
    ) -> None:
        data = await self._store.read(old_key)
        before = await asyncio.to_thread(lambda: read_transcript(gzip.decompress(data)))
        after = renamed(before, names)
        if after == before:
            return
        key = object_key(transcript_id)
        async with intending(self._database, self._store, key) as intent:
            await self._store.put_bytes(key, await asyncio.to_thread(packed, after))
            async with self._database.writing() as session:
                kept = await session.scalar(
                    update(Revision)
                    .where(
                        Revision.transcript_id == transcript_id,
                        Revision.number == number,
                        Revision.object_key == old_key,
                    )
                    .values(object_key=key)
                    .returning(Revision.number)
                )
                if kept is None:
                    return
                await intent.fulfil(session)
                # Noted first: should we die before the next line, the sweeper deletes it.
                session.add(Discarded(object_key=old_key))
        await self._store.delete(old_key)

    async def _scrub_changes(self, transcript_id: UUID, names: Mapping[str, str]) -> None:
        async with self._database.writing() as session:
            rows = await session.scalars(
                select(Revision)
                .where(Revision.transcript_id == transcript_id)
                .options(undefer(Revision.changes))
            )
            for row in rows:
                for column in ("changes", "operations"):
                    before = getattr(row, column)
                    if (after := scrubbed(before, names)) != before:
                        setattr(row, column, after)


def renamed(transcript: Transcript, names: Mapping[str, str]) -> Transcript:
    """The same document with other names for its speakers."""
    segments = tuple(
        replace(one, speaker=names[one.speaker]) if one.speaker and one.speaker in names else one
        for one in transcript.segments
    )
    return replace(transcript, segments=segments)


def scrubbed(document: Any, names: Mapping[str, str]) -> Any:
    """JSON with other names wherever a whole string is one, but for what was said."""
    if isinstance(document, dict):
        return {
            names.get(key, key): value if key in _SPOKEN else scrubbed(value, names)
            for key, value in document.items()
        }
    if isinstance(document, list):
        return [scrubbed(one, names) for one in document]
    return names.get(document, document) if isinstance(document, str) else document
