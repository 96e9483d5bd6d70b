"""The HTTP application over an open installation, with the care that a server process takes of it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from surtitle.accounts.bootstrap_key import settle_bootstrap_key
from surtitle.accounts.holdings import Holdings
from surtitle.api.administration import Administration
from surtitle.api.app import create_app
from surtitle.api.errands import Errands
from surtitle.api.services import Services
from surtitle.backups.ledger import BackupLedger
from surtitle.bootstrap.installation import Installation, opened
from surtitle.bootstrap.schedules import schedules_here
from surtitle.config import Settings
from surtitle.errors import SurtitleError
from surtitle.figures.now import FiguresNow
from surtitle.figures.parts import installation_parts
from surtitle.figures.scrape import Scrape
from surtitle.jobs.awaited import AwaitedJobs
from surtitle.jobs.figures import JobFigures
from surtitle.jobs.meter import JobMeter
from surtitle.jobs.oversight import Oversight
from surtitle.jobs.schedule_runs import ScheduleRuns
from surtitle.jobs.schedules import Schedules
from surtitle.media.direct import DirectUploads
from surtitle.media.inventory import Inventory
from surtitle.media.mending import Mending
from surtitle.media.resumable import ResumableUploads
from surtitle.observability.metrics import Part
from surtitle.observability.tracing import opened_tracing
from surtitle.pipelines.estimating import Estimates
from surtitle.pipelines.job_documents import JobDocuments
from surtitle.pipelines.previews import Previews
from surtitle.pipelines.results import ResultService
from surtitle.pipelines.revision_files import RevisionFiles
from surtitle.storage.temporaries import clear_temporaries
from surtitle.transcripts.importing.service import TranscriptImports
from surtitle.usage.tariff import Tariff
from surtitle.web.app import add_pages

log = logging.getLogger(__name__)

# Leftovers may lie for hours (`media.keeping.SWEEP_AFTER`); looking more often gains nothing.
_SWEEP_EVERY_SECONDS = 600.0
# Files that are younger may still be in the making.
_GRACE = timedelta(hours=24)


@asynccontextmanager
async def opened_app(settings: Settings) -> AsyncIterator[FastAPI]:
    """The application while the block lasts. It starts no workers: see `supervisor`."""
    async with opened_tracing(settings.tracing, "api"), opened(settings) as installation:
        if settings.server.auth == "required":
            await settle_bootstrap_key(installation.database, installation.accounts.audit, settings.accounts)
        services = services_of(installation)
        await installation.media.warm()
        schedules = Schedules(
            installation.database, settings.jobs, schedules_here(installation), installation.metrics.schedules
        )
        beside = [
            asyncio.create_task(_sweep(services)),
            asyncio.create_task(schedules.run()),
            asyncio.create_task(installation.notifications.sender.run()),
        ]
        try:
            app = create_app(services)
            add_pages(app)
            yield app
        finally:
            await services.scrape.close()
            await services.administration.errands.close()
            for task in beside:
                task.cancel()
            await asyncio.wait(beside)


def services_of(parts: Installation) -> Services:
    """What the routes ask for, over the parts of an installation."""
    documents = JobDocuments(parts.jobs, parts.media, parts.archive)
    figures = JobFigures(parts.database)
    return Services(
        settings=parts.settings,
        database=parts.database,
        store=parts.store,
        hub=parts.hub,
        rates=parts.counters.rates,
        authenticator=parts.accounts.authenticator,
        holdings=Holdings(parts.database),
        audit=parts.accounts.audit,
        links=parts.accounts.links,
        people=parts.accounts.people,
        media=parts.media,
        uploads=ResumableUploads(parts.database, parts.media, parts.settings),
        direct_uploads=DirectUploads(parts.database, parts.store, parts.media, parts.settings),
        jobs=parts.jobs,
        queues=parts.queues,
        workers=parts.workers,
        readiness=parts.readiness,
        awaited=AwaitedJobs(parts.database, parts.hub, parts.jobs, parts.media, parts.settings.jobs),
        figures=figures,
        glossary=parts.glossary,
        usage=parts.usage,
        credits=parts.credits,
        kpis=parts.analytics.reading,
        results=ResultService(parts.jobs, parts.media, documents),
        previews=Previews(parts.jobs, documents, parts.media, store=parts.store, settings=parts.settings),
        estimates=Estimates(parts.database, parts.jobs.acceptance, parts.films, Tariff(parts.settings.usage)),
        films=parts.films,
        transcripts=parts.transcripts,
        search=parts.search,
        imports=TranscriptImports(parts.database, parts.store),
        revision_files=RevisionFiles(parts.transcripts, parts.jobs),
        voice_samples=parts.voices.samples,
        voices=parts.voices,
        speech=parts.speech,
        data_protection=parts.data_protection,
        notifications=parts.notifications,
        webhooks=parts.webhooks.service,
        fetches=parts.fetching.service,
        engines=parts.engines.registry,
        models=parts.engines.models,
        metrics=parts.metrics,
        scrape=_scrape(parts, figures),
        administration=_administration(parts),
    )


def _administration(parts: Installation) -> Administration:
    inventory = Inventory(parts.database, parts.store, parts.settings.scratch_directory, _GRACE)
    return Administration(
        oversight=Oversight(parts.database, parts.queue),
        schedule_runs=ScheduleRuns(parts.database),
        backups=BackupLedger(parts.database),
        figures=FiguresNow(parts.database, parts.settings),
        mending=Mending(parts.database, parts.store, inventory),
        errands=Errands(),
    )


def _scrape(parts: Installation, figures: JobFigures) -> Scrape:
    meter = JobMeter(figures, parts.metrics.finished)
    finished = Part("finished", meter.read, parts.settings.metrics.fresh_seconds)
    told = [finished, *installation_parts(parts.database, parts.settings)]
    return Scrape(parts.metrics, parts.settings, told)


async def _sweep(services: Services) -> None:
    """Finish uploads that a dead server left complete, then for ever drop those that nobody goes on with.

    They lie with this server, as do copies of a process that died; what is the whole installation's is in
    `schedules`.
    """
    await _tried(services.uploads.recover)
    while True:
        await _tried(services.uploads.remove_expired)
        await _tried(services.direct_uploads.remove_expired)
        await _tried(lambda: asyncio.to_thread(clear_temporaries, services.settings.scratch_directory))
        await asyncio.sleep(_SWEEP_EVERY_SECONDS)


async def _tried(task: Callable[[], Awaitable[int]]) -> None:
    try:
        await task()
    except (SQLAlchemyError, SurtitleError, OSError) as error:
        log.warning("could not clear up, which is tried again: %s", error)
    except Exception:
        # One that nobody foresaw: it is told whole, and must not be the last time that anybody clears up.
        log.exception("could not clear up, which is tried again")
