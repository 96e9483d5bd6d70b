"""What every worker does beside its jobs: show that it lives, take back lost jobs, sweep up."""

import asyncio
import logging
import random
from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError

from surtitle.clock import utc_now
from surtitle.config import JobSettings
from surtitle.db.engine import Database
from surtitle.db.models import Artifact, Discarded, Worker
from surtitle.db.time import epoch_now
from surtitle.errors import SurtitleError
from surtitle.jobs.queue import JobQueue
from surtitle.jobs.worker import JobWorker
from surtitle.storage import ObjectStore

log = logging.getLogger(__name__)

_REAP_EVERY_SECONDS = 1.0
_SWEEP_BATCH = 500


class Housekeeping:
    """Runs beside a `JobWorker` until cancelled. A fault is logged and tried again next time."""

    def __init__(
        self,
        worker: JobWorker,
        queue: JobQueue,
        database: Database,
        store: ObjectStore,
        settings: JobSettings,
    ) -> None:
        self._worker = worker
        self._queue = queue
        self._database = database
        self._store = store
        self._settings = settings

    async def run(self, queues: Sequence[str]) -> None:
        next_beat = 0.0
        clock = asyncio.get_running_loop().time
        try:
            while True:
                try:
                    if reaped := await self._queue.reap():
                        log.warning("took back %d job(s) of workers that are gone", reaped)
                    if clock() >= next_beat:
                        await self.show_alive(queues)
                        await self.sweep()
                        next_beat = clock() + self._settings.beat_seconds
                except (SQLAlchemyError, SurtitleError, OSError) as error:
                    log.warning("housekeeping failed, and is tried again: %s", error)
                # Many workers must not all look at the same moment.
                await asyncio.sleep(_REAP_EVERY_SECONDS * random.uniform(0.7, 1.3))  # noqa: S311
        finally:
            await self._say_goodbye()

    async def show_alive(self, queues: Sequence[str]) -> None:
        """Write this worker's row, and drop those of workers that fell silent."""
        owner = self._worker.owner
        running = next(iter(self._worker.running), None)
        async with self._database.writing() as session:
            now = await session.scalar(select(epoch_now()))
            assert now is not None
            row = await session.get(Worker, str(owner)) or Worker(
                id=str(owner), host=owner.machine, pid=owner.pid, queues=list(queues)
            )
            row.job_id = running.job_id if running else None
            row.seen_epoch = now
            row.seen_at = utc_now()
            session.add(row)
            silent_since = now - 3 * self._settings.lease_seconds
            await session.execute(delete(Worker).where(Worker.seen_epoch < silent_since))

    async def _say_goodbye(self) -> None:
        try:
            async with self._database.writing() as session:
                await session.execute(delete(Worker).where(Worker.id == str(self._worker.owner)))
        except SQLAlchemyError as error:
            log.info("could not sign off; the row goes when it is stale: %s", error)

    async def sweep(self) -> None:
        """Delete objects that nothing refers to any more. May stop anywhere and be run again."""
        async with self._database.reading() as session:
            rows = (await session.scalars(select(Discarded).limit(_SWEEP_BATCH))).all()
            keys = {row.object_key for row in rows}
            kept = set(
                await session.scalars(select(Artifact.object_key).where(Artifact.object_key.in_(keys)))
            )
        for key in keys - kept:
            await self._store.delete(key)
        if rows:
            async with self._database.writing() as session:
                await session.execute(delete(Discarded).where(Discarded.id.in_([row.id for row in rows])))
