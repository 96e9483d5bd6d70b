"""What every worker does beside its jobs: show that it lives, take back lost jobs, sweep up."""

import asyncio
import logging
import random
import shutil
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from surtitle.config import JobSettings
from surtitle.db.engine import Database
from surtitle.db.job_models import Job
from surtitle.domain.jobs import JobState
from surtitle.errors import SurtitleError
from surtitle.jobs.clock_jumps import DatabaseClock
from surtitle.jobs.owner import Owner
from surtitle.jobs.queue import JobQueue
from surtitle.jobs.schedules import Schedules
from surtitle.jobs.states import in_state
from surtitle.jobs.worker import RUN_FOLDER, scratch_name
from surtitle.jobs.workers import Presence, Workers
from surtitle.storage.temporaries import clear_temporaries

log = logging.getLogger(__name__)

_REAP_EVERY_SECONDS = 1.0


class Housekeeping:
    """Runs beside a worker's slots until cancelled. A fault is logged and tried again next time; what nobody
    foresaw is raised.

    `presence` tells what the worker is and does now; `schedules` are the tasks of the whole installation.
    """

    def __init__(
        self,
        queue: JobQueue,
        database: Database,
        settings: JobSettings,
        *,
        scratch: Path,
        presence: Callable[[], Presence],
        schedules: Schedules,
    ) -> None:
        self._queue = queue
        self._database = database
        self._settings = settings
        self._scratch = scratch
        self._presence = presence
        self._schedules = schedules
        self._workers = Workers(database, settings)
        self._owner = Owner.this_process()
        self._clock = DatabaseClock(database, settings)

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as both:
                # Beside the rest: a task may take minutes, and lost jobs must not wait for it.
                both.create_task(self._schedules.run())
                both.create_task(self._look_after_jobs())
        finally:
            await self._say_goodbye()

    async def _look_after_jobs(self) -> None:
        next_beat = 0.0
        clock = asyncio.get_running_loop().time
        while True:
            try:
                await self._clock.look()
                if reaped := await self._queue.reap():
                    log.warning("took back %d job(s) of workers that are gone", reaped)
                if abandoned := await self._queue.cancel_abandoned():
                    log.info("cancelled %d job(s) that nobody waited for any more", abandoned)
                if clock() >= next_beat:
                    await self._workers.show(self._owner, self._presence())
                    await self.clear_scratch()
                    next_beat = clock() + self._settings.beat_seconds
            except (SQLAlchemyError, SurtitleError, OSError) as error:
                log.warning("housekeeping failed, and is tried again: %s", error)
            # Many workers must not all look at the same moment.
            await asyncio.sleep(_REAP_EVERY_SECONDS * random.uniform(0.7, 1.3))  # noqa: S311

    async def _say_goodbye(self) -> None:
        try:
            await self._workers.sign_off(self._owner)
        except (SQLAlchemyError, OSError) as error:
            log.info("could not sign off; the row goes when it is stale: %s", error)

    async def clear_scratch(self) -> None:
        """Remove what processes that ended by `kill -9` left: old copies, and folders of runs. A live run's
        folder is never touched.
        """
        await asyncio.to_thread(clear_temporaries, self._scratch)
        # The folders first: a run that begins between the two looks has none yet, or is seen as live.
        folders = await asyncio.to_thread(_folders, self._scratch)
        if not folders:
            return
        async with self._database.reading() as session:
            rows = await session.execute(select(Job.id, Job.fence).where(in_state(Job, JobState.RUNNING)))
            live = {scratch_name(job_id, fence) for job_id, fence in rows}
        for folder in folders:
            if folder.name not in live:
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _folders(parent: Path) -> list[Path]:
    """The run folders in `parent`; other scratch files have owners of their own."""
    if not parent.is_dir():
        return []
    return [path for path in parent.iterdir() if path.is_dir() and RUN_FOLDER.fullmatch(path.name)]
