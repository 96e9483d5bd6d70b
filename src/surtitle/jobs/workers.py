"""Who works here: the workers that are alive, what each can do, and the jobs that none of them can."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ColumnElement, Delete, String, cast, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from surtitle.clock import utc_now
from surtitle.config import JobSettings
from surtitle.db.engine import Database
from surtitle.db.job_models import Job, Worker
from surtitle.db.time import epoch_now
from surtitle.domain.jobs import EventType
from surtitle.jobs.claiming import NO_WORKER
from surtitle.jobs.events import append_event
from surtitle.jobs.lanes import lane_heads, waits
from surtitle.jobs.offer import Needs, Offer
from surtitle.jobs.owner import Owner
from surtitle.jobs.queues import waiting_queues

# Of those that nobody can do, so many of a kind are told so; the rest wait behind them.
_TOLD = 1000


@dataclass(frozen=True, slots=True)
class Presence:
    """What a worker process tells of itself."""

    offer: Offer
    slots: int = 1
    gpus: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unserved:
    """Jobs that wait and that no living worker can do."""

    queue: str
    needs: Needs = field(default_factory=Needs)

    @property
    def sentence(self) -> str:
        wanted = [f"the queue {self.queue!r}"]
        if self.needs.engine:
            wanted.append(f"the engine {self.needs.engine!r}")
        if self.needs.memory_bytes:
            wanted.append(f"{self.needs.memory_bytes / 1024**3:.1f} GiB for a job")
        return (
            f"No worker that is alive can do this: it needs one with {', '.join(wanted)}. It waits until one "
            f"comes: surtitle worker --queue {self.queue}"
        )


class Workers:
    """The table of workers. A row lives as long as its worker shows itself."""

    def __init__(self, database: Database, settings: JobSettings) -> None:
        self._database = database
        self._settings = settings

    async def show(self, owner: Owner, presence: Presence) -> None:
        """Write this worker's row, and drop those of workers that fell silent."""
        async with self._database.writing() as session:
            now = await session.scalar(select(epoch_now()))
            assert now is not None
            row = await session.get(Worker, str(owner)) or Worker(
                id=str(owner), host=owner.machine, pid=owner.pid, queues=list(presence.offer.queues)
            )
            row.slots = presence.slots
            row.engines = sorted(presence.offer.engines or ())
            row.memory_bytes = presence.offer.memory_bytes or 0
            row.gpus, row.jobs = list(presence.gpus), list(presence.jobs)
            row.seen_epoch, row.seen_at = now, utc_now()
            session.add(row)
            silent_since = now - 3 * self._settings.lease_seconds
            await session.execute(forgetting(Worker.seen_epoch < silent_since))

    async def sign_off(self, owner: Owner) -> None:
        async with self._database.writing() as session:
            await session.execute(delete(Worker).where(Worker.id == str(owner)))

    async def alive(self) -> Sequence[Worker]:
        """Those that showed themselves within a lease, the oldest first. Who is at a part is at its job."""
        async with self._database.reading() as session:
            workers = await _alive(session, self._settings.lease_seconds)
            wholes = await _wholes(session, workers)
            session.expunge_all()
        for worker in workers:
            worker.jobs = [wholes.get(job_id, job_id) for job_id in worker.jobs]
        return workers

    async def unserved(self) -> list[Unserved]:
        """What waits and no living worker can do."""
        async with self._database.reading() as session:
            offers = [offer_of(worker) for worker in await _alive(session, self._settings.lease_seconds)]
            return [
                Unserved(queue, needs)
                for queue in await waiting_queues(session)
                for needs in await _needs_in(session, queue)
                if not any(offer.covers(queue, needs) for offer in offers)
            ]

    async def warn_unserved(self) -> int:
        """Tell jobs that no living worker can do and that have waited for a lease; how many were told."""
        told = 0
        for unserved in await self.unserved():
            async with self._database.writing() as session:
                for job in await self._not_told(session, unserved):
                    warning = {"detail": unserved.sentence, "reason": NO_WORKER}
                    await session.execute(
                        update(Job).where(Job.id == job.id).values(warnings=[*job.warnings, warning])
                    )
                    await append_event(session, job.id, EventType.WARNING, warning)
                    told += 1
        return told

    async def _not_told(self, session: AsyncSession, unserved: Unserved) -> Sequence[Job]:
        first = (
            select(Job.id)
            .where(
                waits(Job, unserved.queue),
                Job.engine == unserved.needs.engine,
                Job.memory_bytes == unserved.needs.memory_bytes,
                Job.run_at_epoch < epoch_now() - self._settings.lease_seconds,
            )
            .order_by(Job.id)
            .limit(_TOLD)
        )
        told = cast(Job.warnings, String).contains(NO_WORKER)
        return (
            await session.scalars(
                select(Job).where(Job.id.in_(first), ~told).with_for_update(skip_locked=True)
            )
        ).all()


async def _alive(session: AsyncSession, within_seconds: float) -> Sequence[Worker]:
    seen = Worker.seen_epoch > epoch_now() - within_seconds
    return (await session.scalars(select(Worker).where(seen).order_by(Worker.started_at, Worker.id))).all()


async def _needs_in(session: AsyncSession, queue: str) -> list[Needs]:
    heads, head = lane_heads(queue), aliased(Job)
    rows = await session.execute(
        select(head.engine, head.memory_bytes).join(heads, head.id == heads.c.id).distinct()
    )
    return [Needs(engine, memory_bytes) for engine, memory_bytes in rows]


async def _wholes(session: AsyncSession, workers: Sequence[Worker]) -> dict[str, str]:
    """Which job a part belongs to, for those that the workers are at."""
    at_work = [UUID(job_id) for worker in workers for job_id in worker.jobs]
    rows = await session.execute(
        select(Job.id, Job.parent_id).where(Job.id.in_(at_work), Job.parent_id.is_not(None))
    )
    return {str(part): str(whole) for part, whole in rows}


def offer_of(worker: Worker) -> Offer:
    """What the worker said that it can do."""
    return Offer(tuple(worker.queues), frozenset(worker.engines), worker.memory_bytes)


def forgetting(which: ColumnElement[bool]) -> Delete:
    """Drops workers, but those whose row somebody writes just now.

    Whoever shows itself holds its own row. When the database's clock is set forward, all look silent to each
    other at once: if each waited for the others' rows, all would wait for ever, or until the database's
    deadlock check, which goes by the same clock.
    """
    unheld = select(Worker.id).where(which).with_for_update(skip_locked=True)
    return delete(Worker).where(Worker.id.in_(unheld))
