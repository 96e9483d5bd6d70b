"""The HTTP application over an open installation, with the care that a server process takes of it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from surtitle.accounts.bootstrap_key import settle_bootstrap_key
from surtitle.accounts.holdings import Holdings
from surtitle.api.app import create_app
from surtitle.api.services import Services
from surtitle.bootstrap.installation import Installation, opened
from surtitle.config import Settings
from surtitle.errors import SurtitleError
from surtitle.jobs.awaited import AwaitedJobs
from surtitle.jobs.figures import JobFigures
from surtitle.media.resumable import ResumableUploads
from surtitle.observability.metrics import Metrics
from surtitle.pipelines.results import ResultService
from surtitle.pipelines.revision_files import RevisionFiles
from surtitle.transcripts.importing.service import TranscriptImports

log = logging.getLogger(__name__)

# Leftovers may lie for hours (`media.keeping.SWEEP_AFTER`); looking more often gains nothing.
_SWEEP_EVERY_SECONDS = 600.0


@asynccontextmanager
async def opened_app(settings: Settings) -> AsyncIterator[FastAPI]:
    """The application while the block lasts. It starts no workers: see `supervisor`."""
    async with opened(settings) as installation:
        if settings.server.auth == "required":
            await settle_bootstrap_key(installation.database, installation.audit, settings.accounts)
        services = services_of(installation)
        await installation.media.warm()
        sweeping = asyncio.create_task(_sweep(services))
        try:
            yield create_app(services)
        finally:
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping


def services_of(parts: Installation) -> Services:
    """What the routes ask for, over the parts of an installation."""
    return Services(
        settings=parts.settings,
        database=parts.database,
        store=parts.store,
        hub=parts.hub,
        authenticator=parts.authenticator,
        holdings=Holdings(parts.database),
        audit=parts.audit,
        links=parts.links,
        people=parts.people,
        media=parts.media,
        uploads=ResumableUploads(parts.database, parts.media, parts.settings),
        jobs=parts.jobs,
        awaited=AwaitedJobs(parts.database, parts.hub, parts.jobs, parts.media, parts.settings.jobs),
        figures=JobFigures(parts.database),
        glossary=parts.glossary,
        usage=parts.usage,
        credits=parts.credits,
        results=ResultService(parts.jobs, parts.media, parts.store, parts.settings),
        transcripts=parts.transcripts,
        imports=TranscriptImports(parts.database, parts.store),
        revision_files=RevisionFiles(parts.transcripts),
        data_protection=parts.data_protection,
        engines=parts.registry,
        models=parts.models,
        metrics=Metrics(),
    )


async def _sweep(services: Services) -> None:
    """Finish uploads that a dead server left complete, then for ever drop what nobody goes on with, what
    people want erased, and what is older than their projects keep things.
    """
    await _tried(services.uploads.recover)
    while True:
        await _tried(services.uploads.remove_expired)
        await _tried(services.media.sweep)
        await _tried(services.people.sessions.remove_stale)
        await _tried(services.data_protection.erasures.resume)
        await _tried(services.data_protection.retention.once_a_day)
        await asyncio.sleep(_SWEEP_EVERY_SECONDS)


async def _tried(task: Callable[[], Awaitable[int]]) -> None:
    try:
        await task()
    except (SQLAlchemyError, SurtitleError, OSError) as error:
        log.warning("could not clear up, which is tried again: %s", error)
