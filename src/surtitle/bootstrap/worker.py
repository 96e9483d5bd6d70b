"""The worker process: an installation, slots with an engine host each, and the loops that claim jobs."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from surtitle.bootstrap.films import film_steps
from surtitle.bootstrap.installation import Installation
from surtitle.bootstrap.schedules import schedules_here
from surtitle.bootstrap.slot import Abilities, EngineSlot
from surtitle.domain.recipes import StepName
from surtitle.engines.builtin.cuda import cuda_device_count
from surtitle.engines.gpus import GpuLocks, visible_gpus
from surtitle.engines.host import EngineHost
from surtitle.engines.models import EngineChooser
from surtitle.jobs.housekeeping import Housekeeping
from surtitle.jobs.offer import CPU, GPU, Offer
from surtitle.jobs.schedules import Schedule, Schedules
from surtitle.jobs.scratch_room import ScratchRoom
from surtitle.jobs.worker import JobWorker
from surtitle.jobs.workers import Presence
from surtitle.observability.tracing import opened_tracing
from surtitle.pipelines.diarization.fusion_step import FusionStep
from surtitle.pipelines.diarization.step import DiarizationStep
from surtitle.pipelines.meeting.step import ResultStep
from surtitle.pipelines.minutes.step import MinutesStep
from surtitle.pipelines.rendering.step import RenderingStep
from surtitle.pipelines.runner import RecipeRunner
from surtitle.pipelines.step import Step
from surtitle.pipelines.subtitles.step import SubtitlesStep
from surtitle.pipelines.transcription.part import PartHearing
from surtitle.pipelines.transcription.selection import EngineSelector
from surtitle.pipelines.transcription.step import TranscriptionStep
from surtitle.pipelines.voices.samples import VoiceSamples
from surtitle.pipelines.voices.step import IdentificationStep
from surtitle.usage.quotas import Quotas

log = logging.getLogger(__name__)

_INDEX_EVERY_SECONDS = 5.0


async def work(
    installation: Installation,
    stop: asyncio.Event,
    *,
    only: Sequence[UUID] | None = None,
    at_once: asyncio.Event | None = None,
) -> None:
    """Run jobs until `stop` is set; the running ones then have the grace period, unless `at_once` is set.

    `only` limits the worker to these jobs (a command's own); it may grow while the worker runs. An error that
    nobody foresaw in any part of it ends all of it: a worker without housekeeping, say, would look alive.
    """
    worker = _Worker.of(installation, only)
    installation.metrics.runs.watch(worker.busy, len(worker.slots))
    try:
        async with opened_tracing(installation.settings.tracing, "worker"), asyncio.TaskGroup() as group:
            beside = [
                group.create_task(_housekeeping(installation, worker).run()),
                group.create_task(_hand_back_when(at_once or asyncio.Event(), worker)),
            ]
            if only is None:
                beside.append(group.create_task(_indexing(installation).run()))
                beside.append(group.create_task(installation.webhooks.deliverer.run()))
                beside.append(group.create_task(installation.fetching.fetcher.run()))
                beside.append(group.create_task(installation.notifications.sender.run()))
            await asyncio.wait([group.create_task(jobs.serve(stop)) for jobs in worker.loops])
            for task in beside:
                task.cancel()
    except BaseExceptionGroup:
        log.exception("the worker ends: a part of it failed in a way that nobody foresaw")
        raise
    finally:
        await asyncio.gather(*(slot.host.close() for slot in worker.slots))


@dataclass(frozen=True, slots=True)
class _Worker:
    """What all slots of this process can do, and the loop that claims for each."""

    abilities: Abilities
    slots: list[EngineSlot]
    loops: list[JobWorker]

    @classmethod
    def of(cls, installation: Installation, only: Sequence[UUID] | None) -> "_Worker":
        settings, registry = installation.settings, installation.engines.registry
        gpus = visible_gpus(cuda_device_count()) if settings.engines.device != "cpu" else ()
        locks = GpuLocks(settings.gpu_lock_directory, gpus)
        queues = settings.jobs.worker_queues or ((CPU, GPU) if gpus else (CPU,))
        count = settings.jobs.slots
        if only is not None:
            # A command does its own jobs, one after another, and serves nobody else.
            queues, count = (), 1
        room = (
            ScratchRoom(settings.scratch_directory, settings.limits.free_disk_bytes) if only is None else None
        )
        selector = installation.engines.selector.for_slots(count)
        abilities = Abilities.of(queues, registry, selector.hardware, has_gpus=bool(gpus))
        slots = [
            EngineSlot(
                EngineHost(settings.engines, registry, installation.metrics.engines), abilities, locks, room
            )
            for _ in range(count)
        ]
        chooser = installation.engines.chooser.for_slots(count)
        loops = [_loop(installation, slot, selector, chooser, only) for slot in slots]
        return cls(abilities, slots, loops)

    def busy(self) -> int:
        """How many slots are at a job."""
        return sum(len(loop.running) for loop in self.loops)

    def presence(self) -> Presence:
        """What other processes are told of this one."""
        able = self.abilities
        return Presence(
            Offer(able.queues, able.engines, able.memory_bytes),
            slots=len(self.slots),
            gpus=tuple(slot.gpu for slot in self.slots if slot.gpu),
            jobs=tuple(str(claim.job_id) for loop in self.loops for claim in loop.running),
        )


def _loop(
    installation: Installation,
    slot: EngineSlot,
    selector: EngineSelector,
    chooser: EngineChooser,
    only: Sequence[UUID] | None,
) -> JobWorker:
    settings = installation.settings
    # A command does its own jobs on this machine's cores; a server here would only compete for them.
    transcription = TranscriptionStep(slot.host, selector, installation.archive, shares=only is None)
    steps: dict[StepName, Step] = {
        StepName.TRANSCRIPTION: transcription,
        StepName.SUBTITLES: SubtitlesStep(),
        StepName.RENDERING: RenderingStep(settings.rendering),
        StepName.DIARIZATION: DiarizationStep(slot.host, chooser),
        StepName.IDENTIFICATION: IdentificationStep(
            installation.voices.service,
            VoiceSamples(
                slot.host,
                chooser,
                jobs=installation.jobs,
                media=installation.media,
                scratch=settings.scratch_directory,
                certainty=installation.voices.certainty,
            ),
            installation.voices.certainty,
        ),
        StepName.FUSION: FusionStep(installation.archive),
        StepName.MINUTES: MinutesStep(installation.engines.writers, installation.archive),
        StepName.RESULT: ResultStep(installation.archive),
        **film_steps(installation, slot.host, chooser, selector.hardware, transcription),
    }
    return JobWorker(
        database=installation.database,
        store=installation.store,
        hub=installation.hub,
        queue=installation.queue,
        settings=settings.jobs,
        quotas=Quotas(settings),
        scratch=settings.scratch_directory,
        run=RecipeRunner(
            steps,
            tries=len(settings.jobs.retry_delays_seconds) + 1,
            run_part=PartHearing(slot.host, selector).run,
        ).run,
        slot=slot,
        only=only,
    )


def _housekeeping(installation: Installation, worker: _Worker) -> Housekeeping:
    settings = installation.settings
    return Housekeeping(
        installation.queue,
        installation.database,
        settings.jobs,
        scratch=settings.scratch_directory,
        presence=worker.presence,
        schedules=Schedules(
            installation.database, settings.jobs, schedules_here(installation), installation.metrics.schedules
        ),
    )


def _indexing(installation: Installation) -> Schedules:
    """Beside the other schedules: it may take a while, and people look for what was just said."""
    indexing = installation.search.indexing
    often = installation.settings.jobs.model_copy(update={"beat_seconds": _INDEX_EVERY_SECONDS / 2})
    schedule = Schedule("search.index", _INDEX_EVERY_SECONDS, indexing.work_off, needed=indexing.needed)
    return Schedules(installation.database, often, [schedule], installation.metrics.schedules)


async def _hand_back_when(at_once: asyncio.Event, worker: _Worker) -> None:
    await at_once.wait()
    for loop in worker.loops:
        loop.hand_back()
