"""Work that is asked for and waited for in one request, which its client repeats when the line breaks."""

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncIterable, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.config import JobSettings
from surtitle.db.engine import Database
from surtitle.db.job_models import Job
from surtitle.db.locks import hold
from surtitle.db.models import Media
from surtitle.db.time import epoch_now
from surtitle.domain.jobs import JobState
from surtitle.hub import QUEUE, Hub, job_topic
from surtitle.jobs.abandonment import keep, wait_on
from surtitle.jobs.acceptance import NewJob
from surtitle.jobs.errors import JobNotFound
from surtitle.jobs.glossary import with_glossary
from surtitle.jobs.service import JobService
from surtitle.media.service import MediaService
from surtitle.observability import lineage

log = logging.getLogger(__name__)

# Renewed so often within the patience, a server that dies costs a tenth of it.
_RENEWALS_WITHIN_PATIENCE = 10


@dataclass(frozen=True, slots=True)
class IncomingRecording:
    """A recording on its way in. `content_length` is the request's, None when it does not say."""

    name: str
    chunks: AsyncIterable[bytes]
    content_length: int | None
    created_by: UUID | None = None


class AwaitedJobs:
    """Finds or starts the job behind a request, and keeps it wanted for as long as the caller waits.

    A caller may hang up: the job then goes on for `jobs.abandon_after_seconds`. The same bytes with the same
    wish, sent again until then or so long after the job's end, join it.
    """

    def __init__(
        self, database: Database, hub: Hub, jobs: JobService, media: MediaService, settings: JobSettings
    ) -> None:
        self._database = database
        self._hub = hub
        self._jobs = jobs
        self._media = media
        self._patience_seconds = settings.abandon_after_seconds
        self._renewing: set[asyncio.Task[None]] = set()

    async def begin(
        self, project_id: UUID, recording: IncomingRecording, wish: Callable[[], NewJob], *, forever: bool
    ) -> UUID:
        """The job that does `wish` with the recording: one that was asked for before, or a new one.

        `wish` is called when the recording has come whole, and names no media. A recording that is here
        already is not stored twice. With `forever` the job goes on whoever waits. Raises what
        `MediaService.receive` and `JobService.create` raise; then nothing is kept.
        """
        accepting = _Accepting(self._jobs, project_id, wish, self._patience_seconds, forever=forever)
        await self._media.receive_unless_known(
            project_id,
            recording.name,
            recording.chunks,
            content_length=recording.content_length,
            known=accepting.without_these_bytes,
            also_write=accepting.with_new_media,
            created_by=recording.created_by,
        )
        assert accepting.job_id is not None
        self._hub.wake(QUEUE)
        lineage.note(job_id=accepting.job_id)
        return accepting.job_id

    @asynccontextmanager
    async def waiting(self, job_id: UUID) -> AsyncIterator[None]:
        """While the block lasts, somebody waits for the job; after it, the patience begins."""
        gone = asyncio.Event()
        renewing = asyncio.create_task(self._renew_until(gone, job_id))
        # The event loop itself would let a task be forgotten.
        self._renewing.add(renewing)
        renewing.add_done_callback(self._renewing.discard)
        try:
            yield
        finally:
            gone.set()
            # Shielded: the caller may have gone away, and this task be on its way out.
            await asyncio.shield(renewing)

    async def ended(self, project_id: UUID, job_id: UUID) -> Job:
        """The job once it has ended, however. Raises `JobNotFound` when it is deleted."""
        with self._hub.listen(job_topic(job_id)) as listener:
            while not (await self._state(job_id)).finished:
                await listener.wait(self._hub.patience_seconds)
        return (await self._jobs.get(project_id, job_id)).job

    async def _state(self, job_id: UUID) -> JobState:
        async with self._database.reading() as session:
            state = await session.scalar(select(Job.state).where(Job.id == job_id))
        if state is None:
            raise JobNotFound(job_id)
        return JobState(state)

    async def _renew_until(self, gone: asyncio.Event, job_id: UUID) -> None:
        while not gone.is_set():
            try:
                async with asyncio.timeout(self._patience_seconds / _RENEWALS_WITHIN_PATIENCE):
                    await gone.wait()
            except TimeoutError:
                pass
            await self._renew(job_id)

    async def _renew(self, job_id: UUID) -> None:
        try:
            async with self._database.writing() as session:
                await wait_on(session, job_id, self._patience_seconds)
        except SQLAlchemyError as error:
            log.warning("could not note that somebody waits for job %s: %s", job_id, error)


class _Accepting:
    """Settles, in the transaction that would keep the recording, which job a request is for."""

    def __init__(
        self,
        jobs: JobService,
        project_id: UUID,
        wish: Callable[[], NewJob],
        patience_seconds: float,
        *,
        forever: bool,
    ) -> None:
        self.job_id: UUID | None = None
        self._jobs = jobs
        self._project_id = project_id
        self._wish = wish
        self._patience_seconds = patience_seconds
        self._forever = forever

    async def without_these_bytes(self, session: AsyncSession, media: Media) -> bool:
        """Whether the job is found, or can be made of a recording that is here already."""
        # A request and its impatient repeat may both be here, and neither sees what the other writes.
        await hold(session, "recording", self._project_id, media.sha256)
        if await self._join(session, media.sha256):
            return True
        here = await session.scalar(
            select(Media)
            .where(Media.project_id == self._project_id, Media.sha256 == media.sha256)
            .order_by(Media.id)
            .limit(1)
        )
        if here is None:
            return False
        await self.with_new_media(session, here)
        return True

    async def with_new_media(self, session: AsyncSession, media: Media) -> None:
        """Write a new job on `media`."""
        wish = self._wish()
        job = await self._jobs.acceptance.add(session, replace(wish, media_id=media.id))
        self.job_id = job.id
        abandoned_after = None if self._forever else epoch_now() + self._patience_seconds
        await session.execute(
            update(Job)
            .where(Job.id == job.id)
            .values(
                request_hash=await self._request_hash(session, media.sha256),
                abandoned_after_epoch=abandoned_after,
            )
        )

    async def _join(self, session: AsyncSession, sha256: str) -> bool:
        lately = utc_now() - timedelta(seconds=self._patience_seconds)
        self.job_id = await session.scalar(
            select(Job.id)
            .where(
                Job.project_id == self._project_id,
                Job.request_hash == await self._request_hash(session, sha256),
                Job.cancel_requested.is_(False),
                or_(
                    Job.finished_at.is_(None),
                    and_(Job.state == JobState.SUCCEEDED, Job.finished_at >= lately),
                ),
            )
            .order_by(Job.id.desc())
            .limit(1)
            # Held against whoever would call it abandoned meanwhile.
            .with_for_update()
        )
        if self.job_id is None:
            return False
        if self._forever:
            await keep(session, self.job_id)
        else:
            await wait_on(session, self.job_id, self._patience_seconds)
        return True

    async def _request_hash(self, session: AsyncSession, sha256: str) -> str:
        """What makes two requests the same: the bytes, and all that the job's work depends on."""
        wish = self._wish()
        options = await self._jobs.acceptance.options_of(session, wish)
        # The job hears with the terms that the glossary has now.
        heard = (await with_glossary(session, self._project_id, options)).model_dump(mode="json")
        told = [wish.surface, wish.recipe, heard, sha256]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
