"""Who speaks, written into a job's own transcript by the job: a revision of the machine's."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from surtitle.db.models import Revision, StoredTranscript
from surtitle.domain.transcript import Transcript
from surtitle.jobs.work import JobWork
from surtitle.transcripts.archive import RevisionArchive
from surtitle.transcripts.changes import Changes, changes_between, changes_json
from surtitle.transcripts.creation import RevisionKind
from surtitle.transcripts.repository import TranscriptRepository

Relabel = Callable[[Transcript, int], Transcript]
"""The document with its speakers, as the revision of that number. What it made once it leaves as it is."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """The newest text of a transcript, and its revision; `stored` is the row that said so."""

    transcript: Transcript
    revision: int
    stored: StoredTranscript


async def newest_text(work: JobWork, archive: RevisionArchive) -> Labelled | None:
    """The newest text of the transcript that the job made, edits included; None for a job that made none."""
    async with work.reading() as session:
        stored = await TranscriptRepository(session).of_job(work.id)
    if stored is None:
        return None
    return Labelled(await archive.read(stored.id, stored.head), stored.head, stored)


async def label(work: JobWork, archive: RevisionArchive, relabel: Relabel, author: str) -> Labelled | None:
    """Revise the transcript that the job made; None for a job that made none.

    Works on the newest revision, so that no edit is lost, and again when somebody edits meanwhile. Where the
    labels are there already, there is no new revision: a job that runs again finds its own.
    """
    while True:
        newest = await newest_text(work, archive)
        if newest is None:
            return None
        number = newest.revision + 1
        after = await asyncio.to_thread(relabel, newest.transcript, number)
        changes = await asyncio.to_thread(changes_between, newest.transcript, after)
        if not changes:
            return newest
        if await _added(work, newest.stored, after, changes, author):
            archive.remember(newest.stored, number, after)
            await archive.keep_whole_now_and_then(newest.stored, number, after)
            return Labelled(after, number, newest.stored)


async def _added(
    work: JobWork, stored: StoredTranscript, after: Transcript, changes: Changes, author: str
) -> bool:
    """Whether the revision was written; not when `stored` is no longer how the transcript stands."""
    document, base = await asyncio.to_thread(changes_json, changes), stored.head
    async with work.fenced() as session:
        repository = TranscriptRepository(session)
        if not await repository.advance(stored, after.language):
            return False
        before = await repository.revision(stored.id, base)
        assert before is not None, "every head has its revision"
        session.add(
            Revision(
                transcript_id=stored.id,
                number=base + 1,
                kind=RevisionKind.LABELLED,
                author=author[:128],
                content=base + 1,
                parent=before.content,
                tip=base + 1,
                changes=document,
            )
        )
    return True
