"""The queues: how full each is, and their pauses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.config import JobSettings
from surtitle.db.engine import Database
from surtitle.db.job_models import Job, Queue, Worker
from surtitle.db.time import epoch_now
from surtitle.domain.jobs import JobState
from surtitle.errors import NotFound
from surtitle.hub import QUEUE, Hub
from surtitle.jobs.states import in_state


class QueueNotFound(NotFound):
    """There is no such queue here."""

    slug = "queue-not-found"

    def __init__(self, name: str, existing: Sequence[str]) -> None:
        super().__init__(f"There is no queue {name[:64]!r}; there are {', '.join(existing)}.")


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue now. `slots` is how many jobs the living workers that serve it can run at a time."""

    name: str
    paused_at: datetime | None
    queued: int
    running: int
    slots: int


class Queues:
    """Looks at queues, and stops and starts the claiming from them. What runs goes on."""

    def __init__(self, database: Database, hub: Hub, settings: JobSettings) -> None:
        self._database = database
        self._hub = hub
        self._settings = settings

    async def list(self) -> list[QueueState]:
        """All queues that are set up, served, paused or have work, by name."""
        async with self._database.reading() as session:
            paused = {row.name: row.paused_at for row in await session.scalars(select(Queue))}
            queued = await _counted(session, JobState.QUEUED)
            running = await _counted(session, JobState.RUNNING)
            slots = await self._slots(session)
        names = sorted({*self._settings.queues, *paused, *queued, *running, *slots})
        return [
            QueueState(name, paused.get(name), queued.get(name, 0), running.get(name, 0), slots.get(name, 0))
            for name in names
        ]

    async def pause(self, name: str) -> QueueState:
        """Let no job of the queue begin. Raises `QueueNotFound`."""
        return await self._set(name, paused=True)

    async def resume(self, name: str) -> QueueState:
        """Let the queue's jobs begin again. Raises `QueueNotFound`."""
        return await self._set(name, paused=False)

    async def _set(self, name: str, *, paused: bool) -> QueueState:
        known = [queue.name for queue in await self.list()]
        if name not in known:
            raise QueueNotFound(name, known)
        async with self._database.writing() as session:
            row = await session.get(Queue, name, with_for_update=True)
            if row is None:
                row = await session.merge(Queue(name=name, paused_at=None))
            # Paused twice, it is paused since the first time.
            row.paused_at = (row.paused_at or utc_now()) if paused else None
        self._hub.wake(QUEUE)
        return next(queue for queue in await self.list() if queue.name == name)

    async def _slots(self, session: AsyncSession) -> dict[str, int]:
        slots: dict[str, int] = {}
        alive = Worker.seen_epoch > epoch_now() - self._settings.lease_seconds
        for worker in await session.scalars(select(Worker).where(alive)):
            for name in worker.queues:
                slots[name] = slots.get(name, 0) + worker.slots
        return slots


async def waiting_queues(session: AsyncSession) -> list[str]:
    """The queues in which jobs wait: leaps from one to the next, however many wait in each."""
    names: list[str] = []
    while True:
        following = select(func.min(Job.queue)).where(in_state(Job, JobState.QUEUED))
        name = await session.scalar(following.where(Job.queue > names[-1]) if names else following)
        if name is None:
            return names
        names.append(name)


async def _counted(session: AsyncSession, state: JobState) -> dict[str, int]:
    rows = await session.execute(
        select(Job.queue, func.count()).where(in_state(Job, state)).group_by(Job.queue)
    )
    return {name: count for name, count in rows}  # noqa: C416  a row is no pair to mypy
