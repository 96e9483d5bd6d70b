"""Names of speakers taken out of a transcript and its history, in which nothing else is ever changed."""

import asyncio
import gzip
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from surtitle.db.engine import Database
from surtitle.db.models import Discarded, Revision, StoredTranscript
from surtitle.db.search_models import IndexedTranscript
from surtitle.domain.transcript import Transcript
from surtitle.errors import NotFound
from surtitle.media.keeping import intending
from surtitle.storage import ObjectStore
from surtitle.transcripts.archive import RevisionArchive, object_key, packed
from surtitle.transcripts.repository import TranscriptRepository
from surtitle.transcripts.schema import read_transcript

_SAYS_WHO = frozenset({"speaker", "speakers", "who", "name"})
"""Keys under which a document names speakers. Anything else may be an id, a language, or what was said."""

_NAMES_OTHERS = frozenset({"recording"})
"""Keys of what has a name of its own, which is no speaker's."""

_BATCH = 50


class HistoryScrubber:
    """Makes every revision of a transcript, old ones too, say another name for a speaker.

    It may die between any two lines: called again, it does the rest. When it is done, no process gives out a
    text that it read before, and none that is edited from such a text becomes a revision.
    """

    def __init__(self, database: Database, store: ObjectStore, archive: RevisionArchive) -> None:
        self._database = database
        self._store = store
        self._archive = archive

    async def scrub(self, transcript_id: UUID, names: Mapping[str, str]) -> None:
        """`names`: what each name is to become."""
        clean: set[str] = set()
        after, done = 0, False
        while not done:
            await self._scrub_wholes(transcript_id, names, clean)
            while (last := await self._scrub_changes(transcript_id, names, after)) is not None:
                after = last
            done = await self._settle(transcript_id, names, after, clean)
        self._archive.forget(transcript_id)

    async def _scrub_wholes(self, transcript_id: UUID, names: Mapping[str, str], clean: set[str]) -> None:
        """The documents that lie in the store; the keys of those that are clean now go into `clean`."""
        async with self._database.reading() as session:
            found = await _whole(session, transcript_id)
        for number, key in found:
            if key not in clean and (kept := await self._scrub_whole(transcript_id, number, key, names)):
                clean.add(kept)

    async def _scrub_whole(
        self, transcript_id: UUID, number: int, old_key: str, names: Mapping[str, str]
    ) -> str | None:
        """Where the document lies now; None if somebody else put it elsewhere meanwhile."""
        try:
            data = await self._store.read(old_key)
        except NotFound:
            async with self._database.reading() as session:
                if (number, old_key) in await _whole(session, transcript_id):
                    raise
            return None
        before = await asyncio.to_thread(lambda: read_transcript(gzip.decompress(data)))
        after = renamed(before, names)
        if after == before:
            return old_key
        key = object_key(transcript_id)
        async with intending(self._database, self._store, key) as intent:
            await self._store.put_bytes(key, await asyncio.to_thread(packed, after))
            async with self._database.writing() as session:
                await TranscriptRepository(session).scrubbings(transcript_id, to_write=True)
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
                    return None
                await intent.fulfil(session)
                await _outdate(session, transcript_id)
                # Noted first: should we die before the next line, the sweeper deletes it.
                session.add(Discarded(object_key=old_key))
        await self._store.delete(old_key)
        return key

    async def _scrub_changes(self, transcript_id: UUID, names: Mapping[str, str], after: int) -> int | None:
        """A batch of the revisions above `after`; the last of them, None when there are no more."""
        async with self._database.writing() as session:
            if await TranscriptRepository(session).scrubbings(transcript_id, to_write=True) is None:
                return None
            return await _scrub_rows(session, transcript_id, names, after)

    async def _settle(
        self, transcript_id: UUID, names: Mapping[str, str], after: int, clean: set[str]
    ) -> bool:
        """With no editor in between: what came meanwhile is scrubbed too. False when a document has come into
        the store that was not looked at.
        """
        async with self._database.writing() as session:
            if await TranscriptRepository(session).scrubbings(transcript_id, to_write=True) is None:
                return True
            while (last := await _scrub_rows(session, transcript_id, names, after)) is not None:
                after = last
            return all(key in clean for _, key in await _whole(session, transcript_id))


async def _outdate(session: AsyncSession, transcript_id: UUID) -> None:
    """With every change, and only then: what was read before it is old, in every process. So is the index,
    which is made again.
    """
    await session.execute(
        update(StoredTranscript)
        .where(StoredTranscript.id == transcript_id)
        .values(scrubbings=StoredTranscript.scrubbings + 1)
    )
    await session.execute(delete(IndexedTranscript).where(IndexedTranscript.transcript_id == transcript_id))


async def _whole(session: AsyncSession, transcript_id: UUID) -> Sequence[tuple[int, str]]:
    rows = await session.execute(
        select(Revision.number, Revision.object_key).where(
            Revision.transcript_id == transcript_id, Revision.object_key.is_not(None)
        )
    )
    return [(number, key) for number, key in rows if key is not None]


async def _scrub_rows(
    session: AsyncSession, transcript_id: UUID, names: Mapping[str, str], after: int
) -> int | None:
    query = (
        select(Revision)
        .where(Revision.transcript_id == transcript_id, Revision.number > after)
        .order_by(Revision.number)
        .limit(_BATCH)
        .options(undefer(Revision.changes))
    )
    last, changed = None, False
    for row in await session.scalars(query):
        last = row.number
        for column in ("changes", "operations"):
            before = getattr(row, column)
            if (told := scrubbed(before, names)) != before:
                setattr(row, column, told)
                changed = True
    await session.flush()
    session.expunge_all()
    if changed:
        await _outdate(session, transcript_id)
    return last


def renamed(transcript: Transcript, names: Mapping[str, str]) -> Transcript:
    """The same document with other names for its speakers."""
    segments = tuple(
        replace(one, speaker=names[one.speaker]) if one.speaker and one.speaker in names else one
        for one in transcript.segments
    )
    return replace(transcript, segments=segments)


def scrubbed(document: Any, names: Mapping[str, str], key: str = "") -> Any:
    """JSON, which stands under `key`, with other names wherever it says who speaks."""
    if isinstance(document, dict):
        return {
            inner: value if inner in _NAMES_OTHERS else scrubbed(value, names, inner)
            for inner, value in document.items()
        }
    if isinstance(document, list):
        return [scrubbed(one, names, key) for one in document]
    return names.get(document, document) if key in _SAYS_WHO and isinstance(document, str) else document
