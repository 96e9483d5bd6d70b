"""Jobs: who accepts them, where they wait, what goes with them when they are deleted."""

from collections.abc import Sequence
from dataclasses import dataclass

from surtitle.bootstrap.engines import EngineParts
from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.hub import Hub
from surtitle.jobs.acceptance import Acceptance, CheckJob
from surtitle.jobs.milestones import Milestones, OnMilestone
from surtitle.jobs.queue import JobQueue
from surtitle.jobs.queues import Queues
from surtitle.jobs.service import JobService
from surtitle.jobs.workers import Workers
from surtitle.observability.metrics import RunMetrics
from surtitle.pipelines.checks import JobChecks
from surtitle.pipelines.film.calling_off import CallingOff
from surtitle.pipelines.film.checks import FilmChecks
from surtitle.pipelines.placement import JobPlacement
from surtitle.pipelines.speech.choosing import SpeakerChooser
from surtitle.storage import ObjectStore
from surtitle.transcripts.publishing import discard_untouched
from surtitle.usage.quotas import Quotas


@dataclass(frozen=True, slots=True)
class JobParts:
    """What accepts, keeps and hands out the jobs of one installation."""

    service: JobService
    queue: JobQueue
    queues: Queues
    workers: Workers
    films: FilmChecks
    calling_off: CallingOff


def open_jobs(
    settings: Settings,
    database: Database,
    store: ObjectStore,
    hub: Hub,
    engines: EngineParts,
    *,
    quotas: Quotas,
    check: CheckJob | None = None,
    runs: RunMetrics | None = None,
    milestones: Sequence[OnMilestone] = (),
) -> JobParts:
    """`check` decides which jobs can be done; by default the engines and models of this machine do.
    `milestones` are told of the jobs that people see, in the transactions that make and end them.
    """
    told = Milestones(milestones)
    speakers = SpeakerChooser(settings, engines.registry, engines.models, engines.selector.hardware)
    films = FilmChecks(settings.films, engines.registry, engines.writers, engines.chooser, speakers)
    check = check or JobChecks(engines.selector, engines.chooser, engines.writers, films)
    placement = JobPlacement(
        engines.selector, settings.jobs, engines.registry, settings.films, settings.engines
    )
    calling_off = CallingOff(database, engines.registry, engines.chooser)
    return JobParts(
        service=JobService(
            database,
            store,
            hub,
            Acceptance(check, quotas, settings.jobs, placement, told),
            goes_with_job=[calling_off.require_settled, discard_untouched],
            milestones=told,
        ),
        queue=JobQueue(database, hub, settings.jobs, told, runs),
        queues=Queues(database, hub, settings.jobs),
        workers=Workers(database, settings.jobs),
        films=films,
        calling_off=calling_off,
    )
