"""The worker process: an installation, an engine host, the steps, and the loop that claims jobs."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from surtitle.bootstrap.installation import Installation
from surtitle.domain.recipes import StepName
from surtitle.engines.host import EngineHost
from surtitle.jobs.housekeeping import Housekeeping
from surtitle.jobs.worker import JobWorker
from surtitle.pipelines.rendering.step import RenderingStep
from surtitle.pipelines.runner import RecipeRunner
from surtitle.pipelines.step import Step
from surtitle.pipelines.subtitles.step import SubtitlesStep
from surtitle.pipelines.transcription.step import TranscriptionStep
from surtitle.usage.storage import StorageMeter

QUEUES = ("cpu",)


async def work(
    installation: Installation,
    stop: asyncio.Event,
    *,
    only: Sequence[UUID] | None = None,
    at_once: asyncio.Event | None = None,
) -> None:
    """Run jobs until `stop` is set; the running one then has the grace period, unless `at_once` is set.

    `only` limits the worker to these jobs (a command's own); it may grow while the worker runs.
    """
    host = EngineHost(installation.settings.engines, installation.registry)
    worker = _worker(installation, host, only)
    beside = [
        asyncio.create_task(_housekeeping(installation, worker).run(QUEUES)),
        asyncio.create_task(_hand_back_when(at_once or asyncio.Event(), worker)),
    ]
    try:
        await worker.serve(stop)
    finally:
        for task in beside:
            task.cancel()
        for task in beside:
            with suppress(asyncio.CancelledError):
                await task
        await host.close()


def _worker(installation: Installation, host: EngineHost, only: Sequence[UUID] | None) -> JobWorker:
    settings = installation.settings
    steps: dict[StepName, Step] = {
        StepName.TRANSCRIPTION: TranscriptionStep(host, installation.selector, installation.archive),
        StepName.SUBTITLES: SubtitlesStep(),
        StepName.RENDERING: RenderingStep(settings.rendering),
    }
    return JobWorker(
        database=installation.database,
        store=installation.store,
        hub=installation.hub,
        queue=installation.queue,
        settings=settings.jobs,
        scratch=settings.scratch_directory,
        run=RecipeRunner(steps, tries=len(settings.jobs.retry_delays_seconds) + 1).run,
        queues=QUEUES,
        only=only,
    )


def _housekeeping(installation: Installation, worker: JobWorker) -> Housekeeping:
    return Housekeeping(
        worker,
        installation.queue,
        installation.database,
        installation.settings.jobs,
        scratch=installation.settings.scratch_directory,
        sweep=installation.media.sweep,
        chores=[StorageMeter(installation.database, installation.settings).settle_days],
    )


async def _hand_back_when(at_once: asyncio.Event, worker: JobWorker) -> None:
    await at_once.wait()
    worker.hand_back()
