"""Files and events of jobs that have ended, changed afterwards: only for what must not be kept."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.engine import Database
from surtitle.db.job_models import Artifact, Job, JobEvent
from surtitle.db.models import Discarded, StoredTranscript
from surtitle.domain.jobs import FINISHED
from surtitle.ids import new_id
from surtitle.media.keeping import intending
from surtitle.storage import ObjectStore

ChangeFile = Callable[[Artifact, bytes], bytes]
"""What a file is to hold instead; the same bytes: it stays as it is."""

ChangeEvent = Callable[[Any], Any]


class JobAmending:
    """May die between any two lines: called again, it does the rest."""

    def __init__(self, database: Database, store: ObjectStore) -> None:
        self._database = database
        self._store = store

    async def jobs_of(self, transcript_id: UUID) -> Sequence[tuple[UUID, bool]]:
        """The jobs that made a transcript or took their text from it, and whether each has ended."""
        async with self._database.reading() as session:
            made_by = select(StoredTranscript.job_id).where(StoredTranscript.id == transcript_id)
            rows = await session.execute(
                select(Job.id, Job.state).where((Job.transcript_id == transcript_id) | Job.id.in_(made_by))
            )
            return [(job_id, state in FINISHED) for job_id, state in rows]

    async def amend(self, job_id: UUID, change_file: ChangeFile, change_event: ChangeEvent) -> int:
        """Change what a job has kept; how many files were changed."""
        async with self._database.reading() as session:
            kept = (await session.scalars(select(Artifact).where(Artifact.job_id == job_id))).all()
        changed = 0
        for artifact in kept:
            data = await self._store.read(artifact.object_key, sha256=artifact.sha256)
            after = change_file(artifact, data)
            if after != data:
                changed += await self._replace(artifact, after)
        async with self._database.writing() as session:
            await _change_events(session, job_id, change_event)
        return changed

    async def _replace(self, artifact: Artifact, data: bytes) -> int:
        key = f"jobs/{artifact.job_id}/{new_id()}/{artifact.name}"
        async with intending(self._database, self._store, key) as intent:
            stored = await self._store.put_bytes(key, data)
            async with self._database.writing() as session:
                kept = await session.scalar(
                    update(Artifact)
                    .where(Artifact.id == artifact.id, Artifact.object_key == artifact.object_key)
                    .values(object_key=key, size_bytes=stored.size_bytes, sha256=stored.sha256)
                    .returning(Artifact.id)
                )
                if kept is None:
                    return 0
                await intent.fulfil(session)
                session.add(Discarded(object_key=artifact.object_key))
        await self._store.delete(artifact.object_key)
        return 1


async def _change_events(session: AsyncSession, job_id: UUID, change: ChangeEvent) -> None:
    for event in await session.scalars(select(JobEvent).where(JobEvent.job_id == job_id)):
        after = change(event.data)
        if after != event.data:
            event.data = after
