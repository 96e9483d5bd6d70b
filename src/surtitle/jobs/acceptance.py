"""From a wish for work to a job in the table: what is checked, filled in and written, in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.job_defaults import with_defaults
from surtitle.clock import utc_now
from surtitle.config import JobSettings
from surtitle.db.job_models import Job, JobStep
from surtitle.db.models import Media, StoredTranscript
from surtitle.db.time import epoch_now
from surtitle.domain.jobs import EventType, JobState, StepState
from surtitle.domain.options import Options, TranscriptionOptions
from surtitle.domain.recipes import Recipe, parse_options, recipe_named
from surtitle.errors import NotFound
from surtitle.ids import new_id
from surtitle.jobs.back_pressure import BackPressure
from surtitle.jobs.events import append_event
from surtitle.jobs.film_media import NoSuchFilmMedia, recording_of, settled_film
from surtitle.jobs.glossary import with_glossary
from surtitle.jobs.metered import work_of
from surtitle.jobs.milestones import Milestones
from surtitle.jobs.placement import NoSuchQueue, PlaceJob, anywhere
from surtitle.jobs.turns import due_epoch
from surtitle.media.errors import MediaNotFound
from surtitle.observability import lineage
from surtitle.usage.metering import is_settled
from surtitle.usage.quotas import Quotas

CheckJob = Callable[[Recipe, Options, Media | None, StoredTranscript | None], None]
"""Refuses, with `Invalid`, what the recipe's engines, media or transcript could never do."""


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
    queue: str | None = None
    """None: the usual queue for such work."""


@dataclass(frozen=True, slots=True)
class Considered:
    """A wish that can be done: its recipe, all its options, and what it is done with."""

    recipe: Recipe
    options: Options
    media: Media | None
    text: StoredTranscript | None

    @property
    def media_seconds(self) -> float:
        source = self.media or self.text
        return source.duration_seconds if source else 0.0


class Acceptance:
    """Accepts work within the caller's transaction; raises `QuotaExceeded` for more than may be used, and
    `QueueFull` or `ProjectQueueFull` for more than may wait.
    """

    def __init__(
        self,
        check: CheckJob,
        quotas: Quotas,
        settings: JobSettings | None = None,
        place: PlaceJob = anywhere,
        milestones: Milestones | None = None,
    ) -> None:
        self._check = check
        self._quotas = quotas
        self._settings = settings or JobSettings()
        self._place = place
        self._milestones = milestones or Milestones()
        self._back_pressure = BackPressure(self._settings)
        self._everywhere = _defaults_of(self._settings)

    async def add(self, session: AsyncSession, wish: NewJob) -> Job:
        """Write the job with its steps and first event; whoever commits wakes a worker."""
        considered = await self.consider(session, wish)
        recipe, options = considered.recipe, considered.options
        media, text = considered.media, considered.text
        place = self._place(options, text is None and media is not None)
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
            media_seconds=considered.media_seconds,
            state=JobState.CREATED,
            queue=self._queue_of(wish, place.queue),
            engine=place.needs.engine,
            memory_bytes=place.needs.memory_bytes,
            priority=wish.priority,
            recipe=recipe.name,
            options=_stored(options if text else await with_glossary(session, wish.project_id, options)),
            **_asked_for_by(),
        )
        session.add(job)
        await session.flush()
        await self._lay_steps(session, job.id, recipe)
        if wish.start:
            await self.enqueue(session, job)
        else:
            await append_event(session, job.id, EventType.STATE, {"state": JobState.CREATED})
        await self._milestones.created(session, job.id)
        await session.refresh(job)
        return job

    async def consider(self, session: AsyncSession, wish: NewJob) -> Considered:
        """What the wish comes to, with everything looked up and checked; nothing is written."""
        recipe = recipe_named(wish.recipe)
        options = await self.options_of(session, wish)
        text = await self._text(session, wish)
        media = await self._media(session, wish, options, text)
        listens = media is not None or text is not None
        options = await settled_film(session, wish.project_id, options, listens=listens)
        self._check(recipe, options, media, text)
        return Considered(recipe, options, media, text)

    async def options_of(self, session: AsyncSession, wish: NewJob) -> Options:
        """All options that the job would have: the wish's, then the person's, the project's, the
        installation's, the recipe's.
        """
        recipe = recipe_named(wish.recipe)
        filled = await with_defaults(
            session,
            wish.project_id,
            wish.created_by,
            recipe,
            wish.options,
            profile_id=wish.profile_id,
            everywhere=self._everywhere,
        )
        return parse_options(recipe, filled)

    async def decide(self, session: AsyncSession, job: Job, recipe: Recipe, options: dict[str, Any]) -> None:
        """Give a job that was only created its recipe, and queue it."""
        filled = await with_defaults(
            session, job.project_id, job.created_by, recipe, options, everywhere=self._everywhere
        )
        parsed = parse_options(recipe, filled)
        media = await session.get(Media, job.media_id) if job.media_id else None
        self._check(recipe, parsed, media, None)
        place = self._place(parsed, True)
        job.queue, job.engine, job.memory_bytes = place.queue, place.needs.engine, place.needs.memory_bytes
        job.recipe = recipe.name
        job.options = _stored(await with_glossary(session, job.project_id, parsed))
        await session.execute(delete(JobStep).where(JobStep.job_id == job.id))
        await self._lay_steps(session, job.id, recipe)
        await self.enqueue(session, job)

    def _queue_of(self, wish: NewJob, usual: str) -> str:
        if wish.queue is None:
            return usual
        if wish.queue not in self._settings.queues:
            raise NoSuchQueue(wish.queue, self._settings.queues)
        return wish.queue

    async def _lay_steps(self, session: AsyncSession, job_id: UUID, recipe: Recipe) -> None:
        session.add_all(
            JobStep(job_id=job_id, name=step.name, position=position, state=StepState.PENDING)
            for position, step in enumerate(recipe.steps)
        )
        await session.flush()

    async def enqueue(self, session: AsyncSession, job: Job) -> None:
        """Accept the work: a worker may take it from now on, and what it will use is reserved, unless the job
        succeeded before and has it on its account.
        """
        await self._back_pressure.require_room(session, job.project_id)
        if not await is_settled(session, job.id):
            await self._quotas.reserve(session, work_of(job))
        await session.execute(
            update(Job)
            .where(Job.id == job.id)
            .values(
                state=JobState.QUEUED,
                run_at_epoch=epoch_now(),
                due_epoch=due_epoch(job.media_seconds, job.priority, self._settings.priority_seconds),
                queued_at=utc_now(),
                # A job that is run again comes from the request that wanted it again.
                **_asked_for_by(),
            )
        )
        await append_event(session, job.id, EventType.STATE, {"state": JobState.QUEUED})

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
        self, session: AsyncSession, wish: NewJob, options: Options, text: StoredTranscript | None
    ) -> Media | None:
        media_id = recording_of(options, wish.media_id) or (text.media_id if text else None)
        if media_id is None:
            return None
        media = await session.scalar(
            select(Media).where(Media.id == media_id, Media.project_id == wish.project_id)
        )
        if media is None and media_id != wish.media_id and text is None:
            raise NoSuchFilmMedia(media_id, "options.voice_over_media")
        if media is None:
            raise MediaNotFound(media_id)
        return media


def _defaults_of(settings: JobSettings) -> dict[str, Any]:
    named = {"language": settings.default_language, "vad": settings.default_vad}
    usual = TranscriptionOptions()
    return {name: value for name, value in named.items() if value != getattr(usual, name)}


def _asked_for_by() -> dict[str, str]:
    came_from = lineage.current()
    told = {"request_id": came_from.request_id, "traceparent": came_from.traceparent}
    return {name: value for name, value in told.items() if value is not None}


def _stored(options: Options) -> dict[str, Any]:
    # Whole, so that a retry by a later version, with other defaults, does what was asked today.
    return options.model_dump(mode="json")
