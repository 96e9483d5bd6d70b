"""The text of any revision, from the nearest whole document and the changes since."""

import asyncio
import gzip
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from surtitle.db.engine import Database
from surtitle.db.models import Revision
from surtitle.domain.transcript import Transcript
from surtitle.errors import SurtitleError
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


class RevisionArchive:
    """Reads revisions, and remembers some, for a person who edits comes back to the same text."""

    def __init__(self, database: Database, store: ObjectStore) -> None:
        self._database = database
        self._store = store
        self._remembered: OrderedDict[tuple[UUID, int], Transcript] = OrderedDict()

    async def read(self, transcript_id: UUID, number: int) -> Transcript:
        """The document of a revision that exists. Raises `TranscriptNotFound` when it was deleted."""
        if (known := self._remembered.get((transcript_id, number))) is not None:
            self._remembered.move_to_end((transcript_id, number))
            return known
        async with self._database.reading() as session:
            repository = TranscriptRepository(session)
            whole = await repository.kept_whole(transcript_id, number)
            if whole is None:
                raise TranscriptNotFound(transcript_id)
            since, key = whole
            rows = await repository.changes(transcript_id, since, number)
        data = await self._store.read(key)
        transcript = await asyncio.to_thread(_rebuilt, data, [changes for _, changes in rows])
        self.remember(transcript_id, number, transcript)
        return transcript

    def remember(self, transcript_id: UUID, number: int, transcript: Transcript) -> None:
        """Keep a document at hand, as long as there is room."""
        self._remembered[transcript_id, number] = transcript
        words = sum(_word_count(one) for one in self._remembered.values())
        while words > _REMEMBERED_WORDS and len(self._remembered) > 1:
            _, oldest = self._remembered.popitem(last=False)
            words -= _word_count(oldest)

    def forget(self, transcript_id: UUID) -> None:
        """Drop what is remembered of a transcript that was deleted."""
        for known in [key for key in self._remembered if key[0] == transcript_id]:
            del self._remembered[known]

    async def keep_whole_now_and_then(self, transcript_id: UUID, number: int, transcript: Transcript) -> None:
        """Store the document of every fiftieth revision, so that few changes need be gone through.

        The changes are the truth: if this fails, reading takes longer and nothing is lost.
        """
        if number % _WHOLE_EVERY:
            return
        key = object_key(transcript_id)
        try:
            async with intending(self._database, self._store, key) as intent:
                await self._store.put_bytes(key, await asyncio.to_thread(packed, transcript))
                async with self._database.writing() as session:
                    kept = await session.scalar(
                        update(Revision)
                        .where(Revision.transcript_id == transcript_id, Revision.number == number)
                        .values(object_key=key)
                        .returning(Revision.number)
                    )
                    if kept is not None:
                        await intent.fulfil(session)
        except (SurtitleError, SQLAlchemyError) as error:
            log.warning("revision %d of transcript %s is not kept whole: %s", number, transcript_id, error)


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
