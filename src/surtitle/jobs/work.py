"""A running job as its steps see it: what is asked, and fenced ways to write down what was done."""

import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import and_, case, delete, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.config import JobSettings
from surtitle.db.engine import Database
from surtitle.db.job_models import Artifact, Job, JobStep
from surtitle.db.models import Discarded, Media
from surtitle.db.time import epoch_now
from surtitle.domain.jobs import EventType, JobState, StepState
from surtitle.hub import Hub, job_topic
from surtitle.ids import new_id
from surtitle.jobs.errors import LeaseLost
from surtitle.jobs.events import append_event, append_events
from surtitle.jobs.metered import is_longer, listens, work_of
from surtitle.jobs.part_endings import folder_of
from surtitle.jobs.queue import Claim
from surtitle.media.keeping import intending
from surtitle.storage import ObjectStore, StoredObject
from surtitle.usage.metering import is_settled
from surtitle.usage.quotas import Quotas

log = logging.getLogger(__name__)

_PROGRESS_EVERY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class SavedStep:
    """How far a step had come when it was last written down."""

    state: StepState
    cursor: dict[str, Any] | None


class JobWork:
    """One claimed run of a job. Every write is refused with `LeaseLost` once the job is another's."""

    def __init__(
        self, claim: Claim, job: Job, media: Media | None, *, database: Database, store: ObjectStore,
        hub: Hub, settings: JobSettings, quotas: Quotas, scratch: Path,
    ) -> None:  # fmt: skip
        self.claim = claim
        self.job = job
        self.media = media
        self.store = store
        self.scratch = scratch
        """A folder of this run alone; it is gone when the run ends."""
        self.attempt = claim.attempt
        """How often what is done now has been begun, counted from 1."""
        self.hub = hub
        self.settings = settings
        self._quotas = quotas
        self._database = database
        self._folder = folder_of(job.id, job.parent_id)
        self._progress_due_at = 0.0

    @property
    def id(self) -> UUID:
        return self.job.id

    @asynccontextmanager
    async def fenced(self) -> AsyncIterator[AsyncSession]:
        """A transaction that holds the job: it renews the lease and fails if the fence moved on."""
        async with self._database.writing() as session:
            held = await session.scalar(
                update(Job)
                .where(
                    Job.id == self.claim.job_id,
                    Job.fence == self.claim.fence,
                    Job.state == JobState.RUNNING,
                )
                .values(lease_until_epoch=epoch_now() + self.settings.lease_seconds)
                .returning(Job.id)
            )
            if held is None:
                raise LeaseLost(self.claim.job_id, self.claim.fence)
            yield session
        self.hub.wake(job_topic(self.claim.job_id))

    def reading(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A session that only reads."""
        return self._database.reading()

    # Steps

    async def steps(self) -> Mapping[str, SavedStep]:
        """What earlier runs wrote down, by step name."""
        async with self._database.reading() as session:
            rows = await session.scalars(select(JobStep).where(JobStep.job_id == self.id))
            return {row.name: SavedStep(StepState(row.state), row.cursor) for row in rows}

    async def begin_step(self, name: str) -> None:
        async with self.fenced() as session:
            # Where it goes on, the time of earlier runs of it counts.
            spent = case((JobStep.state == StepState.PENDING, 0.0), else_=JobStep.seconds)
            await self._update_step(session, name, state=StepState.RUNNING, seconds=spent)

    async def end_step(self, name: str, seconds: float) -> None:
        """The step is done: a job that runs again begins after it."""
        async with self.fenced() as session:
            await self._update_step(
                session,
                name,
                state=StepState.DONE,
                cursor=None,
                error=None,
                seconds=JobStep.seconds + seconds,
            )

    async def give_up_step(self, name: str, detail: str) -> None:
        """An optional step failed for good; the job goes on and says so. What follows has its own tries."""
        async with self.fenced() as session:
            await self._update_step(session, name, state=StepState.FAILED, error=detail)
            await session.execute(update(Job).where(Job.id == self.id).values(attempt=1))
            await self._warn(session, {"detail": detail, "step": name})
        self.attempt = 1

    async def _update_step(self, session: AsyncSession, name: str, **values: Any) -> None:
        await session.execute(
            update(JobStep).where(JobStep.job_id == self.id, JobStep.name == name).values(**values)
        )

    # Results

    async def save(
        self,
        name: str,
        data: bytes | Path,
        *,
        media_type: str,
        kind: Literal["result", "work", "part"] = "result",
        step: str | None = None,
        cursor: dict[str, Any] | None = None,
        events: list[tuple[EventType, dict[str, Any]]] | None = None,
    ) -> None:
        """Keep an artifact. With `step` and `cursor` it is a checkpoint: the artifact, the place
        to go on from, and the events that tell of it are written together or not at all.
        """
        key = self._new_key(name)
        if isinstance(data, Path):
            stored = await self.store.put_file(key, data)
        else:
            stored = await self.store.put_bytes(key, data)
        try:
            async with self.fenced() as session:
                await self._replace_artifact(session, name, stored, media_type=media_type, kind=kind)
                if step is not None:
                    await self._update_step(session, step, cursor=cursor)
                if events:
                    await append_events(session, self.id, events)
        except LeaseLost:
            # No row will ever name it. Where the database is away nobody knows, and it stays.
            await self.store.delete(key)
            raise

    def _new_key(self, name: str) -> str:
        """A place of its own for every write: what a row names already is never written over."""
        return f"{self._folder}/{self.claim.fence}/{new_id()}/{name}"

    async def save_untraced(self, name: str, data: bytes, *, media_type: str) -> None:
        """Keep a working file that must not outlive a run which dies while it writes: the sweeper knows of it
        before it is there.
        """
        key = self._new_key(name)
        async with intending(self._database, self.store, key) as intent:
            stored = await self.store.put_bytes(key, data)
            async with self.fenced() as session:
                await intent.fulfil(session)
                await self._replace_artifact(session, name, stored, media_type=media_type, kind="work")

    async def _replace_artifact(
        self, session: AsyncSession, name: str, stored: StoredObject, *, media_type: str, kind: str
    ) -> None:
        old_key = await session.scalar(
            delete(Artifact)
            .where(and_(Artifact.job_id == self.id, Artifact.name == name))
            .returning(Artifact.object_key)
        )
        if old_key is not None:
            session.add(Discarded(object_key=old_key))
        session.add(
            Artifact(
                job_id=self.id,
                name=name,
                kind=kind,
                object_key=stored.key,
                media_type=media_type,
                size_bytes=stored.size_bytes,
                sha256=stored.sha256,
            )
        )

    async def artifacts(self, prefix: str = "") -> list[Artifact]:
        """What this job has kept so far, by name."""
        async with self._database.reading() as session:
            rows = await session.scalars(
                select(Artifact)
                .where(Artifact.job_id == self.id, Artifact.name.startswith(prefix, autoescape=True))
                .order_by(Artifact.name)
            )
            return list(rows)

    async def read(self, name: str) -> bytes:
        """The bytes of an artifact that this job has kept."""
        async with self._database.reading() as session:
            kept = await session.scalar(
                select(Artifact).where(Artifact.job_id == self.id, Artifact.name == name)
            )
        assert kept is not None, f"step order: {name} was not made before it was needed"
        return await self.store.read(kept.object_key, sha256=kept.sha256)

    # What it uses

    async def heard(self, seconds: float) -> None:
        """The sound was decoded and lasts so long. What is more than the recording told when the job was
        accepted is reserved now. Raises `MinutesUsedUp` or `CreditsUsedUp` where not so much is left.
        """
        if not listens(self.job) or not is_longer(seconds, self.job.media_seconds):
            return
        async with self.fenced() as session:
            if await is_settled(session, self.id):
                return
            job = await session.get_one(Job, self.id)
            job.media_seconds = seconds
            await self._quotas.reserve_missing(session, work_of(job))

    # What listeners hear

    async def warn(self, detail: str, **facts: Any) -> None:
        """Tell a person something about this job; the same warning is told once."""
        async with self.fenced() as session:
            await self._warn(session, {"detail": detail, **facts})

    async def _warn(self, session: AsyncSession, warning: dict[str, Any]) -> None:
        warnings = await session.scalar(select(Job.warnings).where(Job.id == self.id)) or []
        if warning in warnings:
            return
        await session.execute(update(Job).where(Job.id == self.id).values(warnings=[*warnings, warning]))
        await append_event(session, self.id, EventType.WARNING, warning)

    async def progress(self, fraction: float, *, step: str, **facts: Any) -> None:
        """How far the whole job is, 0..1. Told at most once a second, and not while the database is away."""
        now = time.monotonic()
        if now < self._progress_due_at:
            return
        self._progress_due_at = now + _PROGRESS_EVERY_SECONDS
        try:
            await self._tell_progress(round(min(max(fraction, 0.0), 1.0), 4), step, facts)
        except (SQLAlchemyError, OSError) as error:
            # The work is worth more than the news of it, and `keep_lease` knows when it must stop. A try may
            # last as long as connecting may, so there is not one after another.
            log.warning("how far job %s is could not be told: %s", self.id, error)
            self._progress_due_at = time.monotonic() + self.settings.beat_seconds

    async def _tell_progress(self, fraction: float, step: str, facts: Mapping[str, Any]) -> None:
        async with self.fenced() as session:
            await session.execute(update(Job).where(Job.id == self.id).values(progress=fraction))
            await append_event(
                session, self.id, EventType.PROGRESS, {"progress": fraction, "step": step, **facts}
            )
