"""What every worker does beside its jobs: show that it lives, take back lost jobs, sweep up."""

import asyncio
import logging
import random
import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError

from surtitle.clock import utc_now
from surtitle.config import JobSettings
from surtitle.db.engine import Database
from surtitle.db.models import Job, Worker
from surtitle.db.time import epoch_now
from surtitle.domain.jobs import JobState
from surtitle.errors import SurtitleError
from surtitle.jobs.queue import JobQueue
from surtitle.jobs.settled_events import settle_events
from surtitle.jobs.worker import RUN_FOLDER, JobWorker, scratch_name

log = logging.getLogger(__name__)

_REAP_EVERY_SECONDS = 1.0


class Housekeeping:
    """Runs beside a `JobWorker` until cancelled. A fault is logged and tried again next time."""

    def __init__(
        self,
        worker: JobWorker,
        queue: JobQueue,
        database: Database,
        settings: JobSettings,
        *,
        scratch: Path,
        sweep: Callable[[], Awaitable[int]],
        chores: Sequence[Callable[[], Awaitable[int]]] = (),
    ) -> None:
        self._worker = worker
        self._queue = queue
        self._database = database
        self._settings = settings
        self._scratch = scratch
        self._sweep = sweep
        self._chores = chores

    async def run(self, queues: Sequence[str]) -> None:
        next_beat = 0.0
        clock = asyncio.get_running_loop().time
        try:
            while True:
                try:
                    if reaped := await self._queue.reap():
                        log.warning("took back %d job(s) of workers that are gone", reaped)
                    if abandoned := await self._queue.cancel_abandoned():
                        log.info("cancelled %d job(s) that nobody waited for any more", abandoned)
                    if clock() >= next_beat:
                        await self.show_alive(queues)
                        await self.clear_scratch()
                        await self._sweep()
                        await settle_events(self._database)
                        for chore in self._chores:
                            await chore()
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

    async def clear_scratch(self) -> None:
        """Remove the folders of runs that ended by `kill -9`; a live run's folder is never touched."""
        async with self._database.reading() as session:
            rows = await session.execute(select(Job.id, Job.fence).where(Job.state == JobState.RUNNING))
            live = {scratch_name(job_id, fence) for job_id, fence in rows}
        for folder in await asyncio.to_thread(_folders, self._scratch):
            if folder.name not in live:
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _folders(parent: Path) -> list[Path]:
    """The run folders in `parent`; other scratch files have owners of their own."""
    if not parent.is_dir():
        return []
    return [path for path in parent.iterdir() if path.is_dir() and RUN_FOLDER.fullmatch(path.name)]
