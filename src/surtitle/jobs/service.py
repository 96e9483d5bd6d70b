"""What every surface may ask about jobs: create, read, cancel, retry, delete."""

import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.job_defaults import with_defaults
from surtitle.clock import utc_now
from surtitle.db.engine import Database
from surtitle.db.models import Artifact, IdempotencyKey, Job, JobEvent, JobStep, Media, StoredTranscript
from surtitle.db.time import epoch_now
from surtitle.domain.jobs import EventType, JobState, StepState
from surtitle.domain.options import Options
from surtitle.domain.recipes import Recipe, parse_options, recipe_named
from surtitle.errors import NotFound
from surtitle.hub import QUEUE, Hub, job_topic
from surtitle.ids import new_id
from surtitle.jobs.errors import ArtifactNotFound, IdempotencyMismatch, JobNotFound, JobStateConflict
from surtitle.jobs.events import Event, EventLog, append_event
from surtitle.jobs.filters import JobFilter
from surtitle.jobs.glossary import with_glossary
from surtitle.jobs.queue import discard_artifacts
from surtitle.jobs.repository import JobRepository
from surtitle.paging import Page, decode_cursor, encode_cursor
from surtitle.storage import ObjectStore
from surtitle.usage.metering import Work, release
from surtitle.usage.quotas import Quotas

_IDEMPOTENCY_SCOPE = "jobs"

CheckJob = Callable[[Recipe, Options, Media | None, StoredTranscript | None], None]
"""Refuses, with `Invalid`, what the recipe's engines, media or transcript could never do."""

AlsoWrite = Callable[[AsyncSession], Awaitable[None]]
"""What a caller writes in the transaction that deletes a job, before anything of it is gone."""

GoesWithJob = Callable[[AsyncSession, UUID], Awaitable[Sequence[str]]]
"""Removes, in the transaction that deletes a job, what goes with it; the keys of objects to delete."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """A wish for work. `start` False leaves the job `created`, to be queued by `start`.

    With a `transcript_id` the text of that transcript is taken instead of listening: of the revision
    named, or the newest. Its recording is used when no `media_id` is given.
    """

    project_id: UUID
    recipe: str
    media_id: UUID | None
    options: dict[str, Any] = field(default_factory=dict)
    surface: str = "native"
    priority: int = 0
    start: bool = True
    transcript_id: UUID | None = None
    revision: int | None = None
    created_by: UUID | None = None
    profile_id: UUID | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class JobDetail:
    """A job with its steps and the artifacts that people may have."""

    job: Job
    steps: Sequence[JobStep]
    artifacts: Sequence[Artifact]
    text_name: str | None = None
    """The name of the transcript that the job made or takes its text from."""


class JobService:
    """Jobs of all projects; every method names the project whose jobs it may see."""

    def __init__(
        self,
        database: Database,
        store: ObjectStore,
        hub: Hub,
        check: CheckJob,
        quotas: Quotas,
        *,
        goes_with_job: Sequence[GoesWithJob] = (),
    ) -> None:
        self._database = database
        self._store = store
        self._hub = hub
        self._check = check
        self._quotas = quotas
        self._goes_with_job = goes_with_job
        self._events = EventLog(database, hub)

    async def create(self, wish: NewJob, idempotency_key: str | None = None) -> Job:
        """Accept a job: its row, steps and first event are written together, then a worker is woken.

        The same key with the same wish gives the job that it gave before. Raises `QuotaExceeded` when the
        project may not use so much; then there is no job.
        """
        async with self._database.writing() as session:
            if idempotency_key is not None and (known := await self._known(session, wish, idempotency_key)):
                return known
            job = await self.add(session, wish)
            if idempotency_key is not None:
                session.add(_remember(wish, idempotency_key, job.id))
        self._hub.wake(QUEUE)
        return job

    async def add(self, session: AsyncSession, wish: NewJob) -> Job:
        """`create` within the caller's transaction; the caller wakes a worker when that is over."""
        recipe = recipe_named(wish.recipe)
        options = await self.options_of(session, wish)
        text = await self._text(session, wish)
        media = await self._media(session, wish, text)
        self._check(recipe, options, media, text)
        source = media or text
        job = Job(
            id=new_id(),
            project_id=wish.project_id,
            created_by=wish.created_by,
            surface=wish.surface,
            label=wish.label,
            media_id=media.id if media else None,
            transcript_id=text.id if text else None,
            # Fixed now: a retry in a week takes the text that was asked for today.
            transcript_revision=(wish.revision or text.head) if text else None,
            media_seconds=source.duration_seconds if source else 0.0,
            state=JobState.CREATED,
            priority=wish.priority,
            recipe=recipe.name,
            options=_stored(options if text else await with_glossary(session, wish.project_id, options)),
        )
        session.add(job)
        await session.flush()
        await self._lay_steps(session, job.id, recipe)
        if wish.start:
            await self._enqueue(session, job)
        else:
            await append_event(session, job.id, EventType.STATE, {"state": JobState.CREATED})
        await session.refresh(job)
        return job

    async def options_of(self, session: AsyncSession, wish: NewJob) -> Options:
        """All options that the job would have: the wish's, then the person's, the project's, the recipe's."""
        recipe = recipe_named(wish.recipe)
        filled = await with_defaults(
            session, wish.project_id, wish.created_by, recipe, wish.options, profile_id=wish.profile_id
        )
        return parse_options(recipe, filled)

    async def start(self, project_id: UUID, job_id: UUID, recipe_name: str, options: dict[str, Any]) -> Job:
        """Queue a job that was only created, with the recipe that is now known."""
        recipe = recipe_named(recipe_name)
        async with self._database.writing() as session:
            job = await self._get(session, project_id, job_id)
            filled = await with_defaults(session, project_id, job.created_by, recipe, options)
            parsed = parse_options(recipe, filled)
            if job.state != JobState.CREATED:
                raise JobStateConflict(
                    job_id, JobState(job.state), "started", "Start a new job with the same media instead."
                )
            media = await session.get(Media, job.media_id) if job.media_id else None
            self._check(recipe, parsed, media, None)
            job.recipe = recipe.name
            job.options = _stored(await with_glossary(session, project_id, parsed))
            await session.execute(delete(JobStep).where(JobStep.job_id == job_id))
            await self._lay_steps(session, job_id, recipe)
            await self._enqueue(session, job)
            await session.refresh(job)
        self._hub.wake(QUEUE)
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
            )

    async def list(self, project_id: UUID, wanted: JobFilter, cursor: str | None, limit: int) -> Page[Job]:
        """The newest jobs first."""
        before = decode_cursor(cursor) if cursor else None
        async with self._database.reading() as session:
            jobs = await JobRepository(session).page(project_id, wanted, before, limit + 1)
        shown = jobs[:limit]
        return Page(shown, encode_cursor(shown[-1].id) if len(jobs) > limit else None)

    async def cancel(self, project_id: UUID, job_id: UUID) -> Job:
        """Stop a job: at once while it waits, within a second while it runs."""
        async with self._database.writing() as session:
            job = await self._get(session, project_id, job_id)
            state = JobState(job.state)
            if state.finished:
                raise JobStateConflict(job_id, state, "cancelled", "It has already ended.")
            job.cancel_requested = True
            if state is not JobState.RUNNING:
                job.state, job.finished_at = JobState.CANCELLED, utc_now()
                await session.flush()
                await append_event(session, job_id, EventType.STATE, {"state": JobState.CANCELLED})
                await release(session, job_id)
            await session.flush()
            await session.refresh(job)
        self._hub.wake(job_topic(job_id))
        return job

    async def retry(self, project_id: UUID, job_id: UUID) -> Job:
        """Run a failed or cancelled job again; it goes on after the last step that was finished."""
        async with self._database.writing() as session:
            job = await self._get(session, project_id, job_id)
            if job.state not in {JobState.FAILED, JobState.CANCELLED}:
                raise JobStateConflict(
                    job_id, JobState(job.state), "retried", "Only failed and cancelled jobs can be."
                )
            job.attempt = job.lost_leases = 0
            job.cancel_requested = job.events_settled = False
            job.error_kind = job.error_detail = job.finished_at = None
            # Whoever asks for it again wants it, whether or not the first caller still waits.
            job.abandoned_after_epoch = None
            await session.flush()
            await session.execute(
                update(JobStep)
                .where(JobStep.job_id == job_id, JobStep.state == StepState.FAILED)
                .values(state=StepState.PENDING, error=None)
            )
            await self._enqueue(session, job)
            await session.refresh(job)
        self._hub.wake(QUEUE)
        return job

    async def delete(self, project_id: UUID, job_id: UUID, also_write: AlsoWrite | None = None) -> None:
        """Remove a job and all that it made; `also_write` joins the transaction. A running job must be
        cancelled first.
        """
        async with self._database.writing() as session:
            job = await self._get(session, project_id, job_id)
            if job.state == JobState.RUNNING:
                raise JobStateConflict(job_id, JobState.RUNNING, "deleted", "Cancel it first.")
            if also_write is not None:
                await also_write(session)
            await release(session, job_id)
            await discard_artifacts(session, job_id)
            await session.execute(delete(IdempotencyKey).where(IdempotencyKey.object_id == job_id))
            for table in (JobEvent, JobStep):
                await session.execute(delete(table).where(table.job_id == job_id))
            going = [key for remove in self._goes_with_job for key in await remove(session, job_id)]
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
        return self._store.stream(artifact.object_key, start, end)

    async def read(self, artifact: Artifact) -> bytes:
        """A small artifact whole."""
        return await self._store.read(artifact.object_key)

    def as_file(self, artifact: Artifact, scratch: Path) -> AbstractAsyncContextManager[Path]:
        """An artifact as a file for programs that want one."""
        return self._store.as_file(artifact.object_key, scratch)

    async def events(self, project_id: UUID, job_id: UUID, after: int) -> tuple[Sequence[Event], JobState]:
        """The next events above `after`, and the job's state: checked before a stream begins."""
        async with self._database.reading() as session:
            await self._get(session, project_id, job_id)
        return await self._events.since(job_id, after)

    def follow(self, job_id: UUID, after: int) -> AsyncIterator[Event]:
        """All events above `after`, live to the end. Check with `events` first that it may be heard."""
        return self._events.follow(job_id, after)

    async def _get(self, session: AsyncSession, project_id: UUID, job_id: UUID) -> Job:
        job = await JobRepository(session).get(project_id, job_id)
        if job is None:
            raise JobNotFound(job_id)
        return job

    async def _text(self, session: AsyncSession, wish: NewJob) -> StoredTranscript | None:
        if wish.transcript_id is None:
            return None
        text = await session.scalar(
            select(StoredTranscript).where(
                StoredTranscript.id == wish.transcript_id, StoredTranscript.project_id == wish.project_id
            )
        )
        if text is None:
            raise NotFound(f"There is no transcript {wish.transcript_id}. `GET /api/transcripts` lists them.")
        if wish.revision is not None and wish.revision > text.head:
            raise NotFound(
                f"Transcript {text.id} has no revision {wish.revision}; it has 1 to {text.head}.",
                revision=text.head,
            )
        return text

    async def _media(
        self, session: AsyncSession, wish: NewJob, text: StoredTranscript | None
    ) -> Media | None:
        media_id = wish.media_id or (text.media_id if text else None)
        if media_id is None:
            return None
        media = await session.scalar(
            select(Media).where(Media.id == media_id, Media.project_id == wish.project_id)
        )
        if media is None:
            raise NotFound(f"There is no media {media_id}. Upload it with `POST /api/media`.")
        return media

    async def _known(self, session: AsyncSession, wish: NewJob, key: str) -> Job | None:
        remembered = await JobRepository(session).remembered(wish.project_id, _IDEMPOTENCY_SCOPE, key)
        if remembered is None:
            return None
        if remembered.request_hash != _fingerprint(wish):
            raise IdempotencyMismatch(key)
        return await self._get(session, wish.project_id, remembered.object_id)

    async def _lay_steps(self, session: AsyncSession, job_id: UUID, recipe: Recipe) -> None:
        session.add_all(
            JobStep(job_id=job_id, name=step.name, position=position, state=StepState.PENDING)
            for position, step in enumerate(recipe.steps)
        )
        await session.flush()

    async def _enqueue(self, session: AsyncSession, job: Job) -> None:
        """Accept the work: a worker may take it from now on, and what it will use is reserved."""
        await self._quotas.reserve(session, _work(job))
        await session.execute(
            update(Job)
            .where(Job.id == job.id)
            .values(state=JobState.QUEUED, run_at_epoch=epoch_now(), queued_at=utc_now())
        )
        await append_event(session, job.id, EventType.STATE, {"state": JobState.QUEUED})


def _work(job: Job) -> Work:
    return Work(
        project_id=job.project_id,
        user_id=job.created_by,
        job_id=job.id,
        recipe=job.recipe,
        engine=job.options.get("engine"),
        # A job that takes its text from a transcript listens to nothing.
        audio_seconds=job.media_seconds if job.transcript_revision is None else 0.0,
    )


def _stored(options: Options) -> dict[str, Any]:
    # Whole, so that a retry by a later version, with other defaults, does what was asked today.
    return options.model_dump(mode="json")


def _fingerprint(wish: NewJob) -> str:
    told = [wish.recipe, str(wish.media_id), wish.options, wish.surface, wish.priority, wish.start]
    if wish.transcript_id is not None:
        told += [str(wish.transcript_id), wish.revision]
    if wish.profile_id is not None:
        told.append(str(wish.profile_id))
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _remember(wish: NewJob, key: str, job_id: UUID) -> IdempotencyKey:
    return IdempotencyKey(
        project_id=wish.project_id,
        scope=_IDEMPOTENCY_SCOPE,
        key=key,
        request_hash=_fingerprint(wish),
        object_id=job_id,
    )
