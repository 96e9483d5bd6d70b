"""What every surface may ask about transcripts: read, edit, undo, redo, compare, delete."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.engine import Database
from surtitle.db.models import Revision, StoredTranscript
from surtitle.domain.transcript import Transcript
from surtitle.errors import Invalid
from surtitle.jobs.service import AlsoWrite
from surtitle.media.repository import MediaRepository
from surtitle.paging import Page, decode_cursor, encode_cursor
from surtitle.storage import ObjectStore
from surtitle.transcripts.archive import RevisionArchive
from surtitle.transcripts.changes import Changes, changes_between, changes_json
from surtitle.transcripts.creation import OWNER, RevisionKind
from surtitle.transcripts.editing import edit
from surtitle.transcripts.errors import (
    NamesTakenOut,
    NothingChanged,
    NothingToRedo,
    NothingToUndo,
    RevisionNotFound,
    StaleRevision,
    TranscriptInUse,
    TranscriptNotFound,
    WordNotFound,
)
from surtitle.transcripts.history import WordEvent, word_history
from surtitle.transcripts.operations import WORD_ID, Operation
from surtitle.transcripts.repository import TranscriptRepository

_TOLD_REVISIONS = 50
_TOLD_IDS = 200
_MOST_REVISIONS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class RevisionText:
    """A transcript and its text as of one revision."""

    stored: StoredTranscript
    number: int
    transcript: Transcript


@dataclass(frozen=True, slots=True)
class _Next:
    """A revision on its way into the table, after revision `base`. `content` None is its own."""

    base: int
    before: Transcript
    after: Transcript
    changes: Changes
    kind: RevisionKind
    author: str
    content: int | None = None
    parent: int | None = None
    tip: int | None = None
    operations: Sequence[Operation] = ()
    also_write: AlsoWrite | None = None


@dataclass(frozen=True, slots=True)
class _Step:
    """A way back or forth to the text of an earlier revision."""

    kind: RevisionKind
    content: int
    author: str


OnRevised = Callable[[AsyncSession, StoredTranscript, Revision], Awaitable[None]]
"""Called in the transaction that makes a revision. It only adds rows."""


class TranscriptService:
    """Transcripts of all projects; every method names the project whose transcripts it may see."""

    def __init__(
        self,
        database: Database,
        store: ObjectStore,
        archive: RevisionArchive,
        on_revised: OnRevised | None = None,
    ) -> None:
        self._database = database
        self._store = store
        self._archive = archive
        self._on_revised = on_revised

    # Reading

    async def list(self, project_id: UUID, cursor: str | None, limit: int) -> Page[StoredTranscript]:
        """The newest first."""
        before = decode_cursor(cursor) if cursor else None
        async with self._database.reading() as session:
            found = await TranscriptRepository(session).page(project_id, before, limit + 1)
        items = found[:limit]
        return Page(items, encode_cursor(items[-1].id) if len(found) > limit else None)

    async def get(self, project_id: UUID, transcript_id: UUID) -> StoredTranscript:
        """Raises `TranscriptNotFound`."""
        async with self._database.reading() as session:
            stored = await TranscriptRepository(session).get(project_id, transcript_id)
        if stored is None:
            raise TranscriptNotFound(transcript_id)
        return stored

    async def text(self, project_id: UUID, transcript_id: UUID, number: int | None = None) -> RevisionText:
        """The text of a revision, the newest when none is named. Raises `RevisionNotFound`."""
        stored = await self.get(project_id, transcript_id)
        number = stored.head if number is None else number
        return RevisionText(stored, number, await self._at(stored, number))

    async def revisions(
        self, project_id: UUID, transcript_id: UUID, cursor: str | None, limit: int
    ) -> Page[Revision]:
        """The newest first."""
        before = decode_cursor(cursor).int if cursor else None
        if before is not None and before > _MOST_REVISIONS:
            raise Invalid("The cursor is not one that a page returned; start again without it.")
        await self.get(project_id, transcript_id)
        async with self._database.reading() as session:
            found = await TranscriptRepository(session).revisions(transcript_id, before, limit + 1)
        items = found[:limit]
        return Page(items, encode_cursor(UUID(int=items[-1].number)) if len(found) > limit else None)

    async def diff(self, project_id: UUID, transcript_id: UUID, older: int, newer: int) -> Changes:
        """What leads from one revision to the other, in either direction. Raises `RevisionNotFound`."""
        stored = await self.get(project_id, transcript_id)
        before, after = await self._at(stored, older), await self._at(stored, newer)
        return await asyncio.to_thread(changes_between, before, after)

    async def history(self, project_id: UUID, transcript_id: UUID, word_id: str) -> Sequence[WordEvent]:
        """Everything that happened to a word, the oldest first. Raises `WordNotFound`."""
        stored = await self.get(project_id, transcript_id)
        if not re.fullmatch(WORD_ID, word_id):
            raise WordNotFound(transcript_id, word_id)
        first = await self._at(stored, 1)
        async with self._database.reading() as session:
            repository = TranscriptRepository(session)
            begun = await repository.revision(transcript_id, 1)
            mentioning = await repository.mentioning(transcript_id, word_id)
        if begun is None:
            raise TranscriptNotFound(transcript_id)
        return word_history(word_id, begun, first, mentioning)

    # Editing

    async def revise(
        self,
        project_id: UUID,
        transcript_id: UUID,
        base: int,
        operations: Sequence[Operation],
        author: str = OWNER,
        *,
        also_write: AlsoWrite | None = None,
    ) -> Revision:
        """Apply operations, all or none, to revision `base`, which must be the newest; `also_write` joins the
        transaction. Raises `StaleRevision`, `NamesTakenOut`, `ImpossibleEdit`, `NothingChanged`.
        """
        stored, head, before = await self._newest(project_id, transcript_id, base)
        edited = await asyncio.to_thread(edit, before, operations, base + 1)
        changes = await asyncio.to_thread(changes_between, before, edited.transcript, edited.kin)
        if not changes:
            raise NothingChanged
        following = _Next(
            base, before, edited.transcript, changes, RevisionKind.EDIT, author,
            parent=head.content, operations=operations, also_write=also_write,
        )  # fmt: skip
        return await self._add(stored, following)

    async def undo(self, project_id: UUID, transcript_id: UUID, base: int, author: str = OWNER) -> Revision:
        """A new revision with the text before the newest edit. Raises `StaleRevision`, `NothingToUndo`."""
        stored, head, before = await self._newest(project_id, transcript_id, base)
        parents = await self._parents(stored)
        if head.content not in parents:
            raise NothingToUndo(transcript_id)
        return await self._go_to(
            stored, head, before, _Step(RevisionKind.UNDO, parents[head.content], author)
        )

    async def redo(self, project_id: UUID, transcript_id: UUID, base: int, author: str = OWNER) -> Revision:
        """A new revision with the edit that was undone last. Raises `StaleRevision`, `NothingToRedo`."""
        stored, head, before = await self._newest(project_id, transcript_id, base)
        if head.content == head.tip:
            raise NothingToRedo(transcript_id)
        parents = await self._parents(stored)
        wanted = head.tip
        while parents[wanted] != head.content:
            wanted = parents[wanted]
        return await self._go_to(stored, head, before, _Step(RevisionKind.REDO, wanted, author))

    async def delete(
        self, project_id: UUID, transcript_id: UUID, also_write: AlsoWrite | None = None
    ) -> None:
        """Delete a transcript with all its revisions; `also_write` joins the transaction.

        Raises `TranscriptInUse` while a job works with it.
        """
        async with self._database.writing() as session:
            repository = TranscriptRepository(session)
            stored = await repository.get(project_id, transcript_id)
            if stored is None:
                raise TranscriptNotFound(transcript_id)
            if job_id := await repository.unfinished_job_using(transcript_id):
                raise TranscriptInUse(transcript_id, job_id)
            if also_write is not None:
                await also_write(session)
            keys = await repository.remove(stored)
        self._archive.forget(transcript_id)
        for key in keys:
            await self._store.delete(key)
        async with self._database.writing() as session:
            await MediaRepository(session).forget_keys(keys)

    async def _at(self, stored: StoredTranscript, number: int) -> Transcript:
        if not 1 <= number <= stored.head:
            raise RevisionNotFound(stored.id, number, stored.head)
        return await self._archive.read(stored.id, number)

    async def _newest(
        self, project_id: UUID, transcript_id: UUID, base: int
    ) -> tuple[StoredTranscript, Revision, Transcript]:
        """The newest revision and its text, when that is `base`."""
        stored = await self.get(project_id, transcript_id)
        if base > stored.head:
            raise RevisionNotFound(transcript_id, base, stored.head)
        if base < stored.head:
            raise await self._stale(stored.id, base, stored.head)
        async with self._database.reading() as session:
            head = await TranscriptRepository(session).revision(transcript_id, base)
        if head is None:
            raise TranscriptNotFound(transcript_id)
        return stored, head, await self._archive.read(transcript_id, base)

    async def _parents(self, stored: StoredTranscript) -> dict[int, int]:
        async with self._database.reading() as session:
            return await TranscriptRepository(session).parents(stored.id)

    async def _go_to(
        self, stored: StoredTranscript, head: Revision, before: Transcript, step: _Step
    ) -> Revision:
        after = await self._archive.read(stored.id, step.content)
        changes = await asyncio.to_thread(changes_between, before, after)
        following = _Next(
            head.number, before, after, changes, step.kind, step.author, step.content, tip=head.tip
        )
        return await self._add(stored, following)

    async def _add(self, stored: StoredTranscript, following: _Next) -> Revision:
        """The one transaction that makes a revision: it moves the head, or somebody else was first."""
        number = following.base + 1
        revision = Revision(
            transcript_id=stored.id,
            number=number,
            kind=following.kind,
            author=following.author,
            content=following.content or number,
            parent=following.parent,
            tip=following.tip or number,
            operations=[one.model_dump(mode="json", exclude_unset=True) for one in following.operations],
            changes=await asyncio.to_thread(changes_json, following.changes),
        )
        async with self._database.writing() as session:
            repository = TranscriptRepository(session)
            first = await repository.advance(stored, following.after.language)
            if first:
                session.add(revision)
                if following.also_write is not None:
                    await following.also_write(session)
                if self._on_revised is not None:
                    await self._on_revised(session, stored, revision)
        if not first:
            now = await self.get(stored.project_id, stored.id)
            if now.head == stored.head:
                raise NamesTakenOut(stored.id)
            raise await self._stale(stored.id, following.base, now.head)
        self._archive.remember(stored, number, following.after)
        await self._archive.keep_whole_now_and_then(stored, number, following.after)
        return revision

    async def _stale(self, transcript_id: UUID, base: int, head: int) -> StaleRevision:
        first = max(base, head - _TOLD_REVISIONS)
        async with self._database.reading() as session:
            rows = await TranscriptRepository(session).changes(transcript_id, first, head)
        return StaleRevision(
            transcript_id, base, head, [_touched(number, changes) for number, changes in rows]
        )


def _touched(number: int, changes: dict[str, Any]) -> dict[str, Any]:
    """Which words and segments a revision touched, at most 200 of each."""
    words = [change["id"] for change in changes["words"]]
    segments = dict.fromkeys(
        segment_id
        for splice in changes["splices"]
        for segment_id in (*splice["removed"], *(segment["id"] for segment in splice["inserted"]))
    )
    return {
        "revision": number,
        "words": words[:_TOLD_IDS],
        "segments": list(segments)[:_TOLD_IDS],
        "more": max(len(words), len(segments)) > _TOLD_IDS,
    }
