"""The parts of a running job that other workers may take, as the run of the whole sees them."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.db.account_models import Project
from surtitle.db.job_models import Artifact, Job, Queue, Worker
from surtitle.db.models import Discarded
from surtitle.db.time import epoch_now
from surtitle.domain.jobs import JobState
from surtitle.errors import NotFound
from surtitle.hub import QUEUE, Listener, job_topic
from surtitle.ids import new_id
from surtitle.jobs.offer import Needs
from surtitle.jobs.part_endings import remove_part
from surtitle.jobs.work import JobWork
from surtitle.jobs.workers import offer_of
from surtitle.observability import lineage

PART_RECIPE = "part"
"""The recipe of a part. It is in no list: nobody can ask for it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part that other workers may take. `progress` is 0..1; `error_*` tell why it failed."""

    id: UUID
    number: int
    state: JobState
    progress: float
    error_kind: str | None = None
    error_detail: str | None = None


class JobParts:
    """What a run does with the parts of its job. Writing raises `LeaseLost` once the job is another's.

    `needs` are what its run really uses: the job itself may have left the choice of a model to its worker.
    """

    def __init__(self, work: JobWork, needs: Needs | None = None) -> None:
        self._work = work
        self._needs = needs or Needs(work.job.engine, work.job.memory_bytes)

    async def known(self) -> Mapping[int, Part]:
        """The parts that are on offer, taken or done, by number."""
        columns = (Job.id, Job.part, Job.state, Job.progress, Job.error_kind, Job.error_detail)
        async with self._work.reading() as session:
            rows = (await session.execute(select(*columns).where(Job.parent_id == self._work.id))).all()
        return {
            row.part: Part(
                row.id, row.part, JobState(row.state), row.progress, row.error_kind, row.error_detail
            )
            for row in rows
        }

    async def helpers(self) -> int:
        """How many slots beside ours may be at parts of this job: those that are, and those that are idle, of
        living workers that can do it; none while its queue is paused, no more than its project may run.
        """
        job, lease_seconds = self._work.job, self._work.settings.lease_seconds
        async with self._work.reading() as session:
            if await session.scalar(
                select(Queue.name).where(Queue.name == job.queue, Queue.paused_at.is_not(None))
            ):
                return 0
            workers = await session.scalars(
                select(Worker).where(Worker.seen_epoch > epoch_now() - lease_seconds)
            )
            able = [worker for worker in workers if offer_of(worker).covers(job.queue, self._needs)]
            busy = await _busy_slots(session, job)
            idle = sum(max(0, worker.slots - busy.get(worker.id, 0)) for worker in able)
            return min(idle, await _allowed(session, job, most=idle)) if idle else 0

    async def offer(self, number: int, options: dict[str, Any]) -> None:
        """Let another worker take a part. It stands where its whole stood among the project's jobs."""
        whole, came_from = self._work.job, lineage.current()
        async with self._work.fenced() as session:
            session.add(
                Job(
                    id=new_id(),
                    parent_id=whole.id,
                    part=number,
                    project_id=whole.project_id,
                    created_by=whole.created_by,
                    surface=whole.surface,
                    recipe=PART_RECIPE,
                    options=options,
                    state=JobState.QUEUED,
                    queue=whole.queue,
                    engine=self._needs.engine,
                    memory_bytes=self._needs.memory_bytes,
                    priority=whole.priority,
                    due_epoch=whole.due_epoch,
                    queued_at=utc_now(),
                    request_id=came_from.request_id,
                    traceparent=came_from.traceparent,
                )
            )
        self._work.hub.wake(QUEUE)

    async def take_back(self) -> int | None:
        """The number of the first part that nobody has taken, which is ours now; None if there is none."""
        waiting = (Job.parent_id == self._work.id, Job.state == JobState.QUEUED)
        async with self._work.fenced() as session:
            first = (
                await session.execute(
                    select(Job.id, Job.part)
                    .where(*waiting)
                    .order_by(Job.part)
                    .limit(1)
                    .with_for_update(skip_locked=True)
                )
            ).one_or_none()
            if first is None:
                return None
            await self._drop(session, first.id, first.part)
        return int(first.part)

    async def drop(self, part: Part) -> None:
        """A part that has ended, and all that was heard of it is taken over."""
        async with self._work.fenced() as session:
            await self._drop(session, part.id, part.number)

    async def _drop(self, session: AsyncSession, part_id: UUID, number: int) -> None:
        await remove_part(session, part_id)
        laid_out = (Artifact.job_id == self._work.id, Artifact.name == sound_name(number))
        keys = await session.scalars(delete(Artifact).where(*laid_out).returning(Artifact.object_key))
        session.add_all([Discarded(object_key=key) for key in keys.all()])

    async def made(self, part: Part, after: str = "") -> Sequence[Artifact]:
        """What the part has made so far, by name, behind the name `after`."""
        async with self._work.reading() as session:
            made = await session.scalars(
                select(Artifact)
                .where(Artifact.job_id == part.id, Artifact.name > after)
                .order_by(Artifact.name)
            )
            return made.all()

    def news_of(self, part: Part) -> AbstractContextManager[Listener]:
        """Wakes when there may be news of a part. Look at it after this has begun."""
        return self._work.hub.listen(job_topic(part.id))


def _beside_parts_of(whole: Job) -> ColumnElement[bool]:
    """All jobs that run, but for the parts of this one."""
    no_part_of_it = or_(Job.parent_id.is_(None), Job.parent_id != whole.id)
    # A job that runs has a lease; said so, the small index of those is used.
    return and_(Job.state == JobState.RUNNING, Job.lease_until_epoch.is_not(None), no_part_of_it)


async def _busy_slots(session: AsyncSession, whole: Job) -> Mapping[str, int]:
    """How many slots each worker needs for other things, our own slot among them."""
    rows = await session.execute(
        select(Job.owner, func.count()).where(_beside_parts_of(whole)).group_by(Job.owner)
    )
    return {owner: count for owner, count in rows if owner is not None}


async def _allowed(session: AsyncSession, whole: Job, most: int) -> int:
    """How many parts the project may have running, beside its other jobs; `most` where it may any number."""
    limit = await session.scalar(select(Project.parallel_jobs).where(Project.id == whole.project_id))
    if limit is None:
        return most
    others = select(func.count()).where(Job.project_id == whole.project_id, _beside_parts_of(whole))
    return max(0, limit - (await session.scalar(others) or 0))


async def of_whole(work: JobWork, name: str) -> bytes:
    """An artifact of the job that `work` does a part of. Raises `NotFound` when it is gone."""
    async with work.reading() as session:
        kept = await session.scalar(
            select(Artifact).where(Artifact.job_id == work.job.parent_id, Artifact.name == name)
        )
    if kept is None:
        raise NotFound(f"There is no {name} any more: the job that this is a part of has ended.")
    return await work.store.read(kept.object_key, sha256=kept.sha256)


def sound_name(number: int) -> str:
    """The whole's artifact that holds the sound of a part."""
    return f"parts/{number:04}.wav"
