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

QUEUES = ("cpu",)


async def work(
    installation: Installation, stop: asyncio.Event, *, only: Sequence[UUID] | None = None
) -> None:
    """Run jobs until `stop` is set. `only` limits the worker to these jobs (a command's own)."""
    settings = installation.settings
    host = EngineHost(settings.engines, installation.registry)
    steps: dict[StepName, Step] = {
        StepName.TRANSCRIPTION: TranscriptionStep(host, installation.selector),
        StepName.SUBTITLES: SubtitlesStep(),
        StepName.RENDERING: RenderingStep(settings.rendering),
    }
    runner = RecipeRunner(steps, tries=len(settings.jobs.retry_delays_seconds) + 1)
    worker = JobWorker(
        database=installation.database,
        store=installation.store,
        hub=installation.hub,
        queue=installation.queue,
        settings=settings.jobs,
        scratch=settings.scratch_directory,
        run=runner.run,
        queues=QUEUES,
        only=only,
    )
    keeper = Housekeeping(
        worker, installation.queue, installation.database, installation.store, settings.jobs
    )
    keeping = asyncio.create_task(keeper.run(QUEUES))
    try:
        await worker.serve(stop)
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping
        await host.close()
