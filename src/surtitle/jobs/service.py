"""What every surface may ask about jobs: create, read, cancel, retry, delete."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.engine import Database
from surtitle.db.job_models import Artifact, Job, JobEvent, JobStep
from surtitle.db.models import IdempotencyKey, StoredTranscript
from surtitle.domain.jobs import JobState, StepState
from surtitle.domain.recipes import recipe_named
from surtitle.hub import QUEUE, Hub, job_topic
from surtitle.jobs.acceptance import Acceptance, NewJob
from surtitle.jobs.endings import discard_artifacts, end_cancelled
from surtitle.jobs.errors import (
    ArtifactNotFound,
    JobNotFound,
    JobStateConflict,
    StepNotFound,
    StepStateConflict,
)
from surtitle.jobs.events import Event, EventLog
from surtitle.jobs.filters import JobFilter
from surtitle.jobs.live_events import LiveEvents
from surtitle.jobs.milestones import Milestones
from surtitle.jobs.names import names_of
from surtitle.jobs.part_endings import forget_failed_parts, remove_parts
from surtitle.jobs.redoing import first_failed, first_to_redo, redo_from
from surtitle.jobs.repeats import known_job, repeatable
from surtitle.jobs.repository import JobRepository
from surtitle.observability import lineage
from surtitle.paging import Page, decode_cursor, encode_cursor
from surtitle.storage import ObjectStore
from surtitle.usage.metering import is_settled, release

AlsoWrite = Callable[[AsyncSession], Awaitable[None]]
"""What a caller writes in the transaction that deletes a job, before anything of it is gone."""

GoesWithJob = Callable[[AsyncSession, UUID], Awaitable[Sequence[str]]]
"""Removes, in the transaction that deletes a job, what goes with it; the keys of objects to delete. Raises
`Conflict` for a job that must stay for now."""


@dataclass(frozen=True, slots=True)
class JobDetail:
    """A job with its steps and the artifacts that people may have."""

    job: Job
    steps: Sequence[JobStep]
    artifacts: Sequence[Artifact]
    text_name: str | None = None
    """The name of the transcript that the job made or takes its text from."""
    newest_revision: int | None = None
    """Of the transcript that the job made itself; None when it made none, or it was deleted."""
    has_succeeded: bool = False
    """Once at least: what it made then is there, also while it does a step again."""


class JobService:
    """Jobs of all projects; every method names the project whose jobs it may see."""

    def __init__(
        self,
        database: Database,
        store: ObjectStore,
        hub: Hub,
        acceptance: Acceptance,
        *,
        goes_with_job: Sequence[GoesWithJob] = (),
        milestones: Milestones | None = None,
    ) -> None:
        self._database = database
        self._store = store
        self._hub = hub
        self.acceptance = acceptance
        self._goes_with_job = goes_with_job
        self._milestones = milestones or Milestones()
        self._events = EventLog(database)
        self._live = LiveEvents(self._events, hub)

    async def create(self, wish: NewJob, idempotency_key: str | None = None) -> Job:
        """Accept a job: its row, steps and first event are written together, then a worker is woken.

        The same key with the same wish gives the job that it gave before. Raises `QuotaExceeded` when the
        project may not use so much; then there is no job.
        """
        request = repeatable(wish, idempotency_key) if idempotency_key is not None else None
        async with self._database.writing() as session:
            if request is not None and (known := await known_job(session, request)):
                return known
            job = await self.acceptance.add(session, wish)
            if request is not None:
                request.remember(session, job.id)
        self._hub.wake(QUEUE)
        lineage.note(job_id=job.id)
        return job

    async def start(self, project_id: UUID, job_id: UUID, recipe_name: str, options: dict[str, Any]) -> Job:
        """Queue a job that was only created, with the recipe that is now known."""
        recipe = recipe_named(recipe_name)
        async with self._database.writing() as session:
            job = await self._get(session, project_id, job_id, to_write=True)
            if job.state != JobState.CREATED:
                raise JobStateConflict(
                    job_id, JobState(job.state), "started", "Start a new job with the same media instead."
                )
            await self.acceptance.decide(session, job, recipe, options)
            await session.refresh(job)
        self._hub.wake(QUEUE)
        lineage.note(job_id=job.id)
        return job

    async def get(self, project_id: UUID, job_id: UUID) -> JobDetail:
        async with self._database.reading() as session:
            job = await self._get(session, project_id, job_id)
            repository = JobRepository(session)
            text = await session.get(StoredTranscript, job.transcript_id) if job.transcript_id else None
            return JobDetail(
                job,
                await repository.steps(job_id),
                await repository.results(job_id),
                text.name if text else None,
                text.head if text and text.job_id == job_id else None,
                job.state == JobState.SUCCEEDED or await is_settled(session, job_id),
            )

    async def list(self, project_id: UUID, wanted: JobFilter, cursor: str | None, limit: int) -> Page[Job]:
        """The newest jobs first."""
        before = decode_cursor(cursor) if cursor else None
        async with self._database.reading() as session:
            jobs = await JobRepository(session).page(project_id, wanted, before, limit + 1)
        shown = jobs[:limit]
        return Page(shown, encode_cursor(shown[-1].id) if len(jobs) > limit else None)

    async def names(self, jobs: Sequence[Job]) -> dict[UUID, str]:
        """What people know jobs by, which the caller was allowed to see; not those that have no name."""
        async with self._database.reading() as session:
            return await names_of(session, jobs)

    async def cancel(self, project_id: UUID, job_id: UUID) -> Job:
        """Stop a job: at once while it waits, within a second while it runs. One that had succeeded and did a
        step again stays succeeded.
        """
        async with self._database.writing() as session:
            job = await self._get(session, project_id, job_id, to_write=True)
            state = JobState(job.state)
            if state.finished:
                raise JobStateConflict(job_id, state, "cancelled", "It has already ended.")
            job.cancel_requested = True
            if state is not JobState.RUNNING:
                await session.flush()
                await end_cancelled(session, job_id, self._milestones)
            await session.flush()
            await session.refresh(job)
        self._hub.wake(job_topic(job_id))
        return job

    async def retry(self, project_id: UUID, job_id: UUID) -> Job:
        """Run a failed or cancelled job again; it goes on after the last step that was finished, or at the
        first that it did without.
        """
        async with self._database.writing() as session:
            job = await self._get(session, project_id, job_id, to_write=True)
            if job.state not in {JobState.FAILED, JobState.CANCELLED}:
                raise JobStateConflict(
                    job_id, JobState(job.state), "retried", "Only failed and cancelled jobs can be."
                )
            if job.queued_at is None:
                raise JobStateConflict(
                    job_id, JobState(job.state), "retried", "It was never started: start a new job instead."
                )
            steps = await JobRepository(session).steps(job_id)
            if (first := first_failed(steps)) is not None:
                await redo_from(session, job, steps, first)
            await self._requeue(session, job)
        self._hub.wake(QUEUE)
        lineage.note(job_id=job.id)
        return job

    async def retry_step(self, project_id: UUID, job_id: UUID, name: str) -> Job:
        """Do an optional step again that a succeeded job did without, and the steps after it, which use what
        it makes. Everything before it stays, and the job's results stay until there are new ones.

        Raises `StepNotFound`, and `StepStateConflict` for a step that did not fail.
        """
        async with self._database.writing() as session:
            job = await self._get(session, project_id, job_id, to_write=True)
            if job.state != JobState.SUCCEEDED:
                raise JobStateConflict(
                    job_id,
                    JobState(job.state),
                    "given a single step to do again",
                    "Retry the whole job when it has failed; what it has done already is not done again.",
                )
            steps = await JobRepository(session).steps(job_id)
            names = [step.name for step in steps]
            if name not in names:
                raise StepNotFound(job_id, name, names)
            step = steps[names.index(name)]
            if step.state != StepState.FAILED:
                raise StepStateConflict(job_id, name, StepState(step.state))
            await redo_from(session, job, steps, first_to_redo(steps, step.position))
            await self._requeue(session, job)
        self._hub.wake(QUEUE)
        lineage.note(job_id=job.id)
        return job

    async def _requeue(self, session: AsyncSession, job: Job) -> None:
        """Queue a job that has ended."""
        job.attempt = job.lost_leases = 0
        job.cancel_requested = job.events_settled = False
        job.error_kind = job.error_detail = job.finished_at = None
        # Whoever asks for it again wants it, whether or not the first caller still waits.
        job.abandoned_after_epoch = None
        await session.flush()
        await forget_failed_parts(session, job.id)
        await self.acceptance.enqueue(session, job)
        await session.refresh(job)

    async def delete(self, project_id: UUID, job_id: UUID, also_write: AlsoWrite | None = None) -> None:
        """Remove a job and all that it made; `also_write` joins the transaction. A running job must be
        cancelled first.
        """
        async with self._database.writing() as session:
            job = await self._get(session, project_id, job_id, to_write=True)
            if job.state == JobState.RUNNING:
                raise JobStateConflict(job_id, JobState.RUNNING, "deleted", "Cancel it first.")
            if also_write is not None:
                await also_write(session)
            going = [key for remove in self._goes_with_job for key in await remove(session, job_id)]
            await release(session, job_id)
            await remove_parts(session, job_id)
            await discard_artifacts(session, job_id)
            await session.execute(delete(IdempotencyKey).where(IdempotencyKey.object_id == job_id))
            for table in (JobEvent, JobStep):
                await session.execute(delete(table).where(table.job_id == job_id))
            await session.delete(job)
        self._hub.wake(job_topic(job_id))
        for key in going:
            await self._store.delete(key)
        async for key in self._store.keys(f"jobs/{job_id}"):
            await self._store.delete(key)

    async def artifact(self, project_id: UUID, job_id: UUID, name: str) -> Artifact:
        """One file that the job made for people. Raises `ArtifactNotFound` naming those that exist."""
        detail = await self.get(project_id, job_id)
        for artifact in detail.artifacts:
            if artifact.name == name:
                return artifact
        raise ArtifactNotFound(job_id, name, [artifact.name for artifact in detail.artifacts])

    def stream(self, artifact: Artifact, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Bytes `[start, end)` of an artifact."""
        return self._store.stream(
            artifact.object_key, start, end, size_bytes=artifact.size_bytes, sha256=artifact.sha256
        )

    async def read(self, artifact: Artifact) -> bytes:
        """A small artifact whole."""
        return await self._store.read(artifact.object_key, sha256=artifact.sha256)

    def as_file(self, artifact: Artifact, scratch: Path) -> AbstractAsyncContextManager[Path]:
        """An artifact as a file for programs that want one."""
        return self._store.as_file(artifact.object_key, scratch, sha256=artifact.sha256)

    async def has_more(self, project_id: UUID, job_id: UUID, after: int) -> bool:
        """Whether a listener who has heard the events up to `after` may hear more."""
        async with self._database.reading() as session:
            job = await self._get(session, project_id, job_id)
        return job.last_event > after or not JobState(job.state).finished

    def follow(self, job_id: UUID, after: int, *, drop_slow: bool = False) -> AsyncGenerator[Event, None]:
        """All events above `after`, live to the end. Check with `has_more` first that it may be heard.

        With `drop_slow` it ends early for a listener that falls far behind and can come back.
        """
        return self._live.follow(job_id, after, drop_slow=drop_slow)

    async def _get(
        self, session: AsyncSession, project_id: UUID, job_id: UUID, *, to_write: bool = False
    ) -> Job:
        job = await JobRepository(session).get(project_id, job_id, to_write=to_write)
        if job is None:
            raise JobNotFound(job_id)
        return job
