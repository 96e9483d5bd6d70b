"""What waits, what runs, and who is there to do it."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.config import JobSettings
from surtitle.db.engine import Database
from surtitle.db.job_models import Job, Queue, Worker
from surtitle.db.time import epoch_now
from surtitle.domain.jobs import JobState
from surtitle.jobs.filters import WHOLE
from surtitle.jobs.states import in_state
from surtitle.observability.metrics import Sample, by_label
from surtitle.observability.metrics.labels import Vocabulary

# Queues that settings named once and whose jobs or workers are still there.
_FORMER_QUEUES = 20
_UNFINISHED = (JobState.QUEUED, JobState.RUNNING)


class QueueFigures:
    """Of all queues that are set up, served, paused or have work."""

    def __init__(self, database: Database, settings: JobSettings) -> None:
        self._database = database
        self._settings = settings
        self._name = Vocabulary(settings.queues, more=_FORMER_QUEUES)

    async def read(self) -> Sequence[Sample]:
        async with self._database.reading() as session:
            rows = {state: await self._by_queue(session, state) for state in _UNFINISHED}
            workers, serving = await self._workers(session)
            paused = set(map(self._name, await session.scalars(_paused())))
        queues = {*self._settings.queues, *serving, *paused, *rows[JobState.QUEUED], *rows[JobState.RUNNING]}
        waited = {queue: oldest for queue, (_, _, oldest) in rows[JobState.QUEUED].items()}
        return [
            *_jobs(queues, rows),
            *by_label("surtitle_queue_oldest_seconds", {queue: waited.get(queue, 0.0) for queue in queues}),
            *by_label("surtitle_queue_workers", {queue: serving[queue] for queue in queues}),
            *by_label("surtitle_queue_paused", {queue: float(queue in paused) for queue in queues}),
            Sample("surtitle_workers_alive", (), workers),
        ]

    async def _by_queue(
        self, session: AsyncSession, state: JobState
    ) -> dict[str, tuple[float, float, float]]:
        """By queue: all jobs, those that somebody asked for, and for how long the first has been due."""
        rows = await session.execute(
            select(
                Job.queue,
                func.count(),
                func.sum(case((WHOLE, 1), else_=0)),
                epoch_now() - func.min(Job.run_at_epoch),
            )
            .where(in_state(Job, state))
            .group_by(Job.queue)
        )
        told: dict[str, tuple[float, float, float]] = {}
        for queue, jobs, wholes, waited in rows:
            before = told.get(self._name(queue), (0.0, 0.0, 0.0))
            told[self._name(queue)] = (before[0] + jobs, before[1] + wholes, max(before[2], waited))
        return told

    async def _workers(self, session: AsyncSession) -> tuple[float, Counter[str]]:
        seen = Worker.seen_epoch > epoch_now() - self._settings.lease_seconds
        served = (await session.scalars(select(Worker.queues).where(seen))).all()
        return float(len(served)), Counter(
            queue for queues in served for queue in {self._name(name) for name in queues}
        )


def _paused() -> Select[str]:
    return select(Queue.name).where(Queue.paused_at.is_not(None))


def _jobs(queues: set[str], rows: dict[JobState, dict[str, tuple[float, float, float]]]) -> list[Sample]:
    nobody = (0.0, 0.0, 0.0)
    return [
        *by_label(
            "surtitle_jobs", {state: sum(wholes for _, wholes, _ in rows[state].values()) for state in rows}
        ),
        *(
            Sample("surtitle_queue_jobs", (queue, state), rows[state].get(queue, nobody)[0])
            for queue in sorted(queues)
            for state in rows
        ),
    ]
