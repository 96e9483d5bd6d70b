"""The parts that every process of an installation shares, opened and closed together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from surtitle.config import Settings
from surtitle.db import migrate
from surtitle.db.engine import Database
from surtitle.db.watch import watch_sqlite
from surtitle.engines.builtin.cuda import cuda_device_count
from surtitle.engines.models import ModelStore, probe_hardware
from surtitle.engines.registry import EngineRegistry
from surtitle.hub import LocalHub
from surtitle.jobs.glossary import Glossary
from surtitle.jobs.queue import JobQueue
from surtitle.jobs.service import JobService
from surtitle.media.service import MediaService
from surtitle.pipelines.checks import JobChecks
from surtitle.pipelines.transcription.selection import EngineSelector
from surtitle.storage import ObjectStore, open_store
from surtitle.transcripts.archive import RevisionArchive
from surtitle.transcripts.publishing import discard_untouched
from surtitle.transcripts.service import TranscriptService

# A tenth of a second between two processes is felt by nobody, and costs a thousandth of a core.
_WATCH_EVERY_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Installation:
    """One installation as one process sees it."""

    settings: Settings
    database: Database
    store: ObjectStore
    hub: LocalHub
    models: ModelStore
    registry: EngineRegistry
    selector: EngineSelector
    media: MediaService
    jobs: JobService
    queue: JobQueue
    glossary: Glossary
    archive: RevisionArchive
    transcripts: TranscriptService


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Installation]:
    """Open the installation that `settings` name, made or migrated first where needed."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(settings.effective_database_url)
    installation, watch = None, None
    try:
        await migrate.upgrade(database)
        installation = _assembled(settings, database)
        if database.is_sqlite:
            watch = asyncio.create_task(
                watch_sqlite(database.url, installation.hub.wake_all, _WATCH_EVERY_SECONDS)
            )
        yield installation
    finally:
        if watch is not None:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
        if installation is not None:
            await installation.media.close()
        await database.close()


def _assembled(settings: Settings, database: Database) -> Installation:
    store, hub = open_store(settings), LocalHub()
    models = ModelStore(settings)
    registry = EngineRegistry(settings.engines.plugin)
    selector = EngineSelector(settings.engines, registry, models, probe_hardware(cuda_device_count()))
    archive = RevisionArchive(database, store)
    return Installation(
        settings=settings,
        database=database,
        store=store,
        hub=hub,
        models=models,
        registry=registry,
        selector=selector,
        media=MediaService(database, store, settings),
        jobs=JobService(database, store, hub, check=JobChecks(selector), goes_with_job=[discard_untouched]),
        queue=JobQueue(database, hub, settings.jobs),
        glossary=Glossary(database),
        archive=archive,
        transcripts=TranscriptService(database, store, archive),
    )
