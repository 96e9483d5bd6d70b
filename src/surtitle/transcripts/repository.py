"""The rows of transcripts and their revisions, always within one project or one transcript."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from surtitle.clock import utc_now
from surtitle.db.job_models import Job
from surtitle.db.models import Discarded, IdempotencyKey, Media, Revision, StoredTranscript
from surtitle.db.voice_models import SpeakerLabel
from surtitle.domain.jobs import FINISHED
from surtitle.transcripts.creation import BY_JOBS


class TranscriptRepository:
    """Queries over one session. Holds no rules: those live in the service."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, project_id: UUID, transcript_id: UUID) -> StoredTranscript | None:
        return await self._session.scalar(
            select(StoredTranscript).where(
                StoredTranscript.id == transcript_id, StoredTranscript.project_id == project_id
            )
        )

    async def of_job(self, job_id: UUID) -> StoredTranscript | None:
        return await self._session.scalar(select(StoredTranscript).where(StoredTranscript.job_id == job_id))

    async def page(self, project_id: UUID, before: UUID | None, limit: int) -> Sequence[StoredTranscript]:
        """The newest first, those older than the id `before`."""
        query = select(StoredTranscript).where(StoredTranscript.project_id == project_id)
        if before is not None:
            query = query.where(StoredTranscript.id < before)
        return (await self._session.scalars(query.order_by(StoredTranscript.id.desc()).limit(limit))).all()

    async def media(self, project_id: UUID, media_id: UUID) -> Media | None:
        return await self._session.scalar(
            select(Media).where(Media.id == media_id, Media.project_id == project_id)
        )

    async def advance(self, read: StoredTranscript, language: str | None) -> bool:
        """Make `head + 1` the head; False when `read`, from which it was made, is no longer the newest: there
        is a later revision, or names were taken out of all of them.
        """
        moved = await self._session.scalar(
            update(StoredTranscript)
            .where(
                StoredTranscript.id == read.id,
                StoredTranscript.head == read.head,
                StoredTranscript.scrubbings == read.scrubbings,
            )
            .values(head=read.head + 1, language=language, updated_at=utc_now())
            .returning(StoredTranscript.id)
            .execution_options(synchronize_session=False)
        )
        return moved is not None

    async def scrubbings(self, transcript_id: UUID, *, to_write: bool = False) -> int | None:
        """How often names were taken out; None where there is no such transcript. `to_write` holds it so."""
        query = select(StoredTranscript.scrubbings).where(StoredTranscript.id == transcript_id)
        return await self._session.scalar(query.with_for_update() if to_write else query)

    async def remove(self, transcript: StoredTranscript) -> Sequence[str]:
        """Drop the transcript with its revisions; the keys of its objects, which are noted to go."""
        keys = (
            await self._session.scalars(
                delete(Revision)
                .where(Revision.transcript_id == transcript.id)
                .returning(Revision.object_key)
                .execution_options(synchronize_session=False)
            )
        ).all()
        going = [key for key in keys if key is not None]
        self._session.add_all(Discarded(object_key=key) for key in going)
        await self._session.execute(delete(IdempotencyKey).where(IdempotencyKey.object_id == transcript.id))
        await self._leave_names_with_jobs(transcript.id)
        await self._session.execute(
            update(Job).where(Job.transcript_id == transcript.id).values(transcript_id=None)
        )
        await self._session.delete(transcript)
        return going

    async def _leave_names_with_jobs(self, transcript_id: UUID) -> None:
        """The files of jobs that made it, or took its text, still say the names: so they keep the traces."""
        rows = await self._session.execute(
            select(SpeakerLabel, Job.id).join(Job, Job.transcript_id == SpeakerLabel.transcript_id)
            .where(SpeakerLabel.transcript_id == transcript_id)
        )  # fmt: skip
        self._session.add_all(
            SpeakerLabel(
                voice_id=label.voice_id, job_id=job_id, speaker=label.speaker, project_id=label.project_id,
                name=label.name, score=label.score,
            )
            for label, job_id in rows.all()
        )  # fmt: skip

    # Revisions

    async def revision(self, transcript_id: UUID, number: int) -> Revision | None:
        return await self._session.get(Revision, (transcript_id, number))

    async def revisions(self, transcript_id: UUID, before: int | None, limit: int) -> Sequence[Revision]:
        """The newest first, those with a number below `before`."""
        query = select(Revision).where(Revision.transcript_id == transcript_id)
        if before is not None:
            query = query.where(Revision.number < before)
        return (await self._session.scalars(query.order_by(Revision.number.desc()).limit(limit))).all()

    async def is_edited(self, transcript_id: UUID) -> bool:
        """Whether it has a revision that is not the work of a job alone."""
        by_a_person = select(Revision.number).where(
            Revision.transcript_id == transcript_id, Revision.kind.not_in(BY_JOBS)
        )
        return await self._session.scalar(by_a_person.limit(1)) is not None

    async def parents(self, transcript_id: UUID) -> dict[int, int]:
        """For each edit the content that it was made on."""
        rows = await self._session.execute(
            select(Revision.number, Revision.parent).where(
                Revision.transcript_id == transcript_id, Revision.parent.is_not(None)
            )
        )
        return {number: parent for number, parent in rows if parent is not None}

    async def kept_whole(self, transcript_id: UUID, number: int) -> tuple[int, str] | None:
        """The newest revision up to `number` whose document is in the store, and where."""
        row = (
            await self._session.execute(
                select(Revision.number, Revision.object_key)
                .where(
                    Revision.transcript_id == transcript_id,
                    Revision.number <= number,
                    Revision.object_key.is_not(None),
                )
                .order_by(Revision.number.desc())
                .limit(1)
            )
        ).one_or_none()
        return None if row is None or row[1] is None else (row[0], row[1])

    async def changes(
        self, transcript_id: UUID, after: int, up_to: int
    ) -> Sequence[tuple[int, dict[str, Any]]]:
        """Numbers and changes of the revisions `after + 1` to `up_to`, in order."""
        rows = await self._session.execute(
            select(Revision.number, Revision.changes)
            .where(Revision.transcript_id == transcript_id, Revision.number > after, Revision.number <= up_to)
            .order_by(Revision.number)
        )
        return [(number, changes) for number, changes in rows]

    async def mentioning(self, transcript_id: UUID, word_id: str) -> Sequence[Revision]:
        """Revisions whose changes name the word, be it as a neighbour's, in order and with their changes."""
        query = (
            select(Revision)
            .where(
                Revision.transcript_id == transcript_id,
                cast(Revision.changes, Text).contains(f'"{word_id}"', autoescape=True),
            )
            .order_by(Revision.number)
            .options(undefer(Revision.changes))
        )
        return (await self._session.scalars(query)).all()

    # Jobs that use a transcript

    async def unfinished_job_using(self, transcript_id: UUID) -> UUID | None:
        return await self._session.scalar(
            select(Job.id).where(Job.transcript_id == transcript_id, Job.state.not_in(FINISHED)).limit(1)
        )

    async def other_job_using(self, transcript_id: UUID, job_id: UUID) -> UUID | None:
        return await self._session.scalar(
            select(Job.id).where(Job.transcript_id == transcript_id, Job.id != job_id).limit(1)
        )
