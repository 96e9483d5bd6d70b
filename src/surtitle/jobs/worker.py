"""One slot of a worker process: claims jobs, runs each under its lease, and settles it."""

import asyncio
import logging
import re
import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from taskiq import TaskiqDepends
from taskiq.receiver import Receiver

from surtitle.config import JobSettings
from surtitle.db.engine import Database
from surtitle.db.job_models import Job
from surtitle.db.models import Media
from surtitle.errors import Away, SurtitleError
from surtitle.hub import Hub
from surtitle.jobs.broker import RUN_JOB, JobTableBroker
from surtitle.jobs.claiming import Origin
from surtitle.jobs.errors import LeaseLost
from surtitle.jobs.lease import StopReason, keep_lease
from surtitle.jobs.owner import Owner
from surtitle.jobs.queue import Claim, Failure, JobQueue
from surtitle.jobs.run_told import job_run
from surtitle.jobs.slot import OpenSlot, Slot
from surtitle.jobs.work import JobWork
from surtitle.storage import ObjectStore
from surtitle.usage.quotas import Quotas

log = logging.getLogger(__name__)

RunJob = Callable[[JobWork], Awaitable[dict[str, Any]]]
"""Does the whole work of a job and returns what its `completed` event tells."""

RUN_FOLDER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-\d+")
"""What `scratch_name` makes."""

_RETRY_SETTLE_SECONDS = 1.0


class JobWorker:
    """Runs jobs one after another until it is told to stop."""

    def __init__(
        self,
        *,
        database: Database,
        store: ObjectStore,
        hub: Hub,
        queue: JobQueue,
        settings: JobSettings,
        quotas: Quotas,
        scratch: Path,
        run: RunJob,
        slot: Slot | None = None,
        only: Sequence[UUID] | None = None,
    ) -> None:
        self.owner = Owner.this_process()
        self.running: set[Claim] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._database = database
        self._store = store
        self._hub = hub
        self._queue = queue
        self._settings = settings
        self._quotas = quotas
        self._scratch = scratch
        self._run = run
        self._stopping = asyncio.Event()
        self._slot = slot or OpenSlot()
        self._broker = JobTableBroker(queue, hub, settings, slot=self._slot, owner=self.owner, only=only)
        self._broker.is_worker_process = True
        self._broker.add_dependency_context({JobWorker: self})
        self._broker.register_task(run_claimed_job, task_name=RUN_JOB)

    async def serve(self, stop: asyncio.Event) -> None:
        """Claim and run jobs until `stop` is set; then let the running one end within the grace
        period, and hand it back to the queue if it has not.
        """
        receiver = Receiver(self._broker, max_async_tasks=1, wait_tasks_timeout=self._settings.grace_seconds)
        try:
            await receiver.listen(stop)
        finally:
            self._stopping.set()
            await self._idle.wait()
            await self._broker.shutdown()

    def hand_back(self) -> None:
        """Give the running job back to the queue now. Set the `stop` of `serve` too, or it is taken again."""
        self._stopping.set()

    async def run_claim(self, claim: Claim) -> None:
        """One claimed run from start to settlement. Never raises."""
        with job_run(claim) as told:
            told.ended(await self._run_and_settle(claim))

    async def _run_and_settle(self, claim: Claim) -> dict[str, Any] | StopReason | BaseException:
        scratch = self._scratch / scratch_name(claim.job_id, claim.fence)
        self.running.add(claim)
        self._idle.clear()
        try:
            outcome = await self._run_under_lease(claim, scratch)
            await self._settle(claim, outcome)
            return outcome
        finally:
            await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)
            self._slot.leave()
            self.running.discard(claim)
            if not self.running:
                self._idle.set()

    async def _run_under_lease(
        self, claim: Claim, scratch: Path
    ) -> dict[str, Any] | StopReason | BaseException:
        """What came of the run: its result, the reason why it was stopped, or the error it raised."""
        run = asyncio.create_task(self._open_and_run(claim, scratch))
        watch = asyncio.create_task(keep_lease(claim, self._queue, self._hub, self._settings))
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({run, watch, stopping}, return_when=asyncio.FIRST_COMPLETED)
        reason = None
        if not run.done():
            reason = watch.result() if watch.done() else StopReason.WORKER_STOPS
            log.info("stopping job %s: %s", claim.job_id, reason)
        for task in (run, watch, stopping):
            task.cancel()
        await asyncio.wait({run, watch, stopping})
        if reason is not None or run.cancelled():
            return reason or StopReason.WORKER_STOPS
        return run.exception() or run.result()

    async def _open_and_run(self, claim: Claim, scratch: Path) -> dict[str, Any]:
        await asyncio.to_thread(scratch.mkdir, parents=True, exist_ok=True)
        async with self._database.reading() as session:
            job = await session.get_one(Job, claim.job_id)
            media = await session.get(Media, job.media_id) if job.media_id else None
        work = JobWork(
            claim,
            job,
            media,
            database=self._database,
            store=self._store,
            hub=self._hub,
            settings=self._settings,
            quotas=self._quotas,
            scratch=scratch,
        )
        return await self._run(work)

    async def _settle(self, claim: Claim, outcome: dict[str, Any] | StopReason | BaseException) -> None:
        """Write down how the run ended, however long the database is away."""
        while True:
            try:
                if not await self._write_outcome(claim, outcome):
                    self._queue.taken_over(claim)
                    log.warning("job %s was taken over; this run of it counts for nothing", claim.job_id)
                break
            except (SQLAlchemyError, OSError) as error:
                log.warning("could not settle job %s yet: %s", claim.job_id, error)
                await asyncio.sleep(_RETRY_SETTLE_SECONDS)

    async def _write_outcome(
        self, claim: Claim, outcome: dict[str, Any] | StopReason | BaseException
    ) -> bool:
        match outcome:
            case dict():
                return await self._queue.succeed(claim, outcome)
            case StopReason.CANCELLED:
                return await self._queue.cancelled(claim)
            case StopReason.WORKER_STOPS:
                return await self._queue.hand_back(claim)
            case StopReason.LEASE_LOST | LeaseLost():
                return False
            case Away():
                return await self._queue.postpone(claim, failure_of(outcome))
            case _:
                return await self._queue.fail(claim, failure_of(outcome))


def scratch_name(job_id: UUID, fence: int) -> str:
    """The name of one run's folder for files that can be made again."""
    return f"{job_id}-{fence}"


async def run_claimed_job(  # noqa: PLR0917 - as they stand in the broker's message
    job_id: str,
    fence: int,
    attempt: int,
    engine: str,
    origin: dict[str, Any],
    worker: Annotated[JobWorker, TaskiqDepends()],
) -> None:
    """The Taskiq task behind `RUN_JOB`."""
    await worker.run_claim(Claim(UUID(job_id), fence, attempt, engine, Origin(**origin)))


def failure_of(error: BaseException) -> Failure:
    """An exception as a person reads it, and whether trying again may help."""
    if isinstance(error, Away):
        log.warning("a job waits for a part that is away: %s", error.message)
        return Failure(error.slug, error.for_callers, passing=True)
    if isinstance(error, SurtitleError):
        return Failure(error.slug, error.message, error.passing)
    log.error("a job failed in a way that nobody foresaw", exc_info=error)
    return Failure(
        "internal",
        f"Something failed that should not ({type(error).__name__}). The worker's log has the details.",
        passing=True,
    )
