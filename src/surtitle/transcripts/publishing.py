"""Between jobs and transcripts: what a job wrote becomes a document, a document becomes a job's text."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.job_models import Job
from surtitle.db.models import Discarded
from surtitle.domain.transcript import Transcript
from surtitle.errors import Busy, NotFound
from surtitle.ids import new_id
from surtitle.jobs.work import JobWork
from surtitle.media.repository import MediaRepository
from surtitle.transcripts.archive import RevisionArchive, object_key, packed
from surtitle.transcripts.creation import NewTranscript, RevisionKind, create
from surtitle.transcripts.repository import TranscriptRepository


async def publish(work: JobWork, transcript: Transcript) -> None:
    """Make the job's transcript a document that people edit. A job that runs again has the one it had.

    The document is noted as about to be written, written, and adopted with its rows in one fenced
    transaction: a crash between any two lines leaves it whole or leaves it to the sweeper.
    """
    transcript_id = new_id()
    key = object_key(transcript_id)
    async with work.fenced() as session:
        known = await TranscriptRepository(session).of_job(work.id)
        if known is not None:
            work.job.transcript_id = known.id
            return
        note = Discarded(object_key=key)
        session.add(note)
        await session.flush()
    await work.store.put_bytes(key, await asyncio.to_thread(packed, transcript))
    new = NewTranscript(
        id=transcript_id,
        project_id=work.job.project_id,
        name=work.media.name if work.media else f"job-{work.id}",
        media_id=work.job.media_id,
        job_id=work.id,
        object_key=key,
        kind=RevisionKind.RECOGNISED,
        created_by=work.job.created_by,
        author=" ".join(filter(None, (transcript.origin.engine, transcript.origin.model)))[:128],
    )
    async with work.fenced() as session:
        if not await MediaRepository(session).adopt(note.id):
            raise Busy("Storing the transcript took so long that it was given up.")
        await create(session, new, transcript)
        await session.execute(update(Job).where(Job.id == work.id).values(transcript_id=transcript_id))
    work.job.transcript_id = transcript_id


async def chosen_text(work: JobWork, archive: RevisionArchive) -> Transcript | None:
    """The text that the job is to take, of the revision fixed when it was accepted; None for one that
    listens itself. Raises `NotFound` when that transcript was deleted.
    """
    if work.job.transcript_revision is None:
        return None
    if work.job.transcript_id is None:
        raise NotFound("The transcript that this job takes its text from was deleted. Start a new job.")
    return await archive.read(work.job.transcript_id, work.job.transcript_revision)


async def discard_untouched(session: AsyncSession, job_id: UUID) -> Sequence[str]:
    """In the transaction that deletes a job: its transcript goes with it unless a person edited it or
    another job uses it. Returns the keys of the objects that go.
    """
    repository = TranscriptRepository(session)
    transcript = await repository.of_job(job_id)
    if transcript is None or await repository.is_edited(transcript.id):
        return []
    if await repository.other_job_using(transcript.id, job_id):
        return []
    return await repository.remove(transcript)
