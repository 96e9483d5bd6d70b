"""The text of any revision, from the nearest whole document and the changes since."""

import asyncio
import gzip
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.engine import Database
from surtitle.db.models import Revision, StoredTranscript
from surtitle.domain.transcript import Transcript
from surtitle.errors import NotFound, SurtitleError
from surtitle.ids import new_id
from surtitle.media.keeping import intending
from surtitle.storage import ObjectStore
from surtitle.transcripts.changes import apply_changes, read_changes
from surtitle.transcripts.errors import TranscriptNotFound
from surtitle.transcripts.repository import TranscriptRepository
from surtitle.transcripts.schema import read_transcript, transcript_json

log = logging.getLogger(__name__)

# A document of an hour has some 9,000 words.
_REMEMBERED_WORDS = 250_000
_WHOLE_EVERY = 50


_Place = tuple[UUID, int, int]
"""Transcript, its `scrubbings`, revision: another process may take names out of the text at any time."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a revision is rebuilt from."""

    place: _Place
    object_key: str
    changes: Sequence[Mapping[str, Any]]


class RevisionArchive:
    """Reads revisions, and remembers some, for a person who edits comes back to the same text."""

    def __init__(self, database: Database, store: ObjectStore) -> None:
        self._database = database
        self._store = store
        self._remembered: OrderedDict[_Place, Transcript] = OrderedDict()
        # Two at once would be no sooner done, and take twice the memory.
        self._turn = asyncio.Lock()

    async def read(self, transcript_id: UUID, number: int) -> Transcript:
        """The document of a revision that exists. Raises `TranscriptNotFound` when it was deleted."""
        kept = await self._kept(transcript_id, number)
        if isinstance(kept, Transcript):
            return kept
        try:
            data = await self._store.read(kept.object_key)
        except NotFound:
            # Names were taken out of it between the two looks: it lies elsewhere now.
            kept = await self._kept(transcript_id, number)
            if isinstance(kept, Transcript):
                return kept
            data = await self._store.read(kept.object_key)
        async with self._turn:
            transcript = self._remembered.get(kept.place)
            if transcript is None:
                transcript = await asyncio.to_thread(_rebuilt, data, kept.changes)
                self._remember(kept.place, transcript)
        return transcript

    async def scrubbings(self, transcript_id: UUID) -> int:
        """Ask before `read`: who then writes down what was read does it only if this is still so, for else it
        may say names that were taken out. Raises `TranscriptNotFound`.
        """
        async with self._database.reading() as session:
            scrubbings = await TranscriptRepository(session).scrubbings(transcript_id)
        if scrubbings is None:
            raise TranscriptNotFound(transcript_id)
        return scrubbings

    async def _kept(self, transcript_id: UUID, number: int) -> Transcript | _Kept:
        async with self._database.reading() as session:
            repository = TranscriptRepository(session)
            scrubbings = await repository.scrubbings(transcript_id)
            if scrubbings is None:
                raise TranscriptNotFound(transcript_id)
            place = (transcript_id, scrubbings, number)
            if (known := self._remembered.get(place)) is not None:
                self._remembered.move_to_end(place)
                return known
            whole = await repository.kept_whole(transcript_id, number)
            if whole is None:
                raise TranscriptNotFound(transcript_id)
            since, key = whole
            rows = await repository.changes(transcript_id, since, number)
        return _Kept(place, key, [changes for _, changes in rows])

    def remember(self, stored: StoredTranscript, number: int, transcript: Transcript) -> None:
        """Keep a document at hand that was made from what `stored` said, as long as there is room."""
        self._remember((stored.id, stored.scrubbings, number), transcript)

    def _remember(self, place: _Place, transcript: Transcript) -> None:
        self._remembered[place] = transcript
        words = sum(_word_count(one) for one in self._remembered.values())
        while words > _REMEMBERED_WORDS and len(self._remembered) > 1:
            _, oldest = self._remembered.popitem(last=False)
            words -= _word_count(oldest)

    def forget(self, transcript_id: UUID) -> None:
        """Drop what is remembered of a transcript, which was deleted or is not as it was."""
        for known in [place for place in self._remembered if place[0] == transcript_id]:
            del self._remembered[known]

    async def keep_whole_now_and_then(
        self, stored: StoredTranscript, number: int, transcript: Transcript
    ) -> None:
        """Store the document of every fiftieth revision, so that few changes need be gone through.

        The changes are the truth: if this fails, reading takes longer and nothing is lost.
        """
        if number % _WHOLE_EVERY:
            return
        key = object_key(stored.id)
        try:
            async with intending(self._database, self._store, key) as intent:
                await self._store.put_bytes(key, await asyncio.to_thread(packed, transcript))
                async with self._database.writing() as session:
                    scrubbings = await TranscriptRepository(session).scrubbings(stored.id, to_write=True)
                    if scrubbings == stored.scrubbings and await _put(session, stored.id, number, key):
                        await intent.fulfil(session)
        except (SurtitleError, SQLAlchemyError) as error:
            log.warning("revision %d of transcript %s is not kept whole: %s", number, stored.id, error)


async def _put(session: AsyncSession, transcript_id: UUID, number: int, key: str) -> bool:
    kept = await session.scalar(
        update(Revision)
        .where(Revision.transcript_id == transcript_id, Revision.number == number)
        .values(object_key=key)
        .returning(Revision.number)
    )
    return kept is not None


def object_key(transcript_id: UUID) -> str:
    """A new place in the store for a document: no two writers ever share one."""
    return f"transcripts/{transcript_id}/{new_id()}.json.gz"


def packed(transcript: Transcript) -> bytes:
    """The public document, compressed. Equal transcripts give equal bytes."""
    return gzip.compress(transcript_json(transcript), 6, mtime=0)


def _rebuilt(data: bytes, changes: Sequence[Mapping[str, Any]]) -> Transcript:
    transcript = read_transcript(gzip.decompress(data))
    for document in changes:
        transcript = apply_changes(transcript, read_changes(document))
    return transcript


def _word_count(transcript: Transcript) -> int:
    return sum(len(segment.words) for segment in transcript.segments)
