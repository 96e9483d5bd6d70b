"""The parts that every process of an installation shares, opened and closed together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from surtitle.accounts.counting import Counters
from surtitle.accounts.counting import opened as opened_counters
from surtitle.accounts.data_protection import DataProtection
from surtitle.bootstrap.accounts import AccountParts, open_accounts
from surtitle.bootstrap.data_protection import open_data_protection
from surtitle.bootstrap.database import opened_database
from surtitle.bootstrap.engines import EngineParts, open_engines
from surtitle.bootstrap.jobs import open_jobs
from surtitle.bootstrap.rooms import RecordingRooms
from surtitle.bootstrap.speech import open_speech_service
from surtitle.bootstrap.voices import open_voices
from surtitle.config import Settings
from surtitle.db import migrate
from surtitle.db.engine import Database
from surtitle.db.watch import watch_sqlite
from surtitle.hub import Hub, LocalHub
from surtitle.hub import opened as opened_hub
from surtitle.jobs.acceptance import CheckJob
from surtitle.jobs.glossary import Glossary
from surtitle.jobs.queue import JobQueue
from surtitle.jobs.queues import Queues
from surtitle.jobs.readiness import Readiness
from surtitle.jobs.service import JobService
from surtitle.jobs.workers import Workers
from surtitle.media.service import MediaService
from surtitle.pipelines.film.calling_off import CallingOff
from surtitle.pipelines.film.checks import FilmChecks
from surtitle.pipelines.search.parts import SearchParts, open_search
from surtitle.pipelines.speech.service import SpeechService
from surtitle.pipelines.voices.parts import KnownVoices
from surtitle.storage import ObjectStore, open_store
from surtitle.transcripts.archive import RevisionArchive
from surtitle.transcripts.service import TranscriptService
from surtitle.usage.credits import Credits
from surtitle.usage.quotas import Quotas
from surtitle.usage.reports import UsageReports

# A tenth of a second between two processes is felt by nobody, and costs a thousandth of a core.
_WATCH_EVERY_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Installation:
    """One installation as one process sees it."""

    settings: Settings
    database: Database
    store: ObjectStore
    hub: Hub
    counters: Counters
    accounts: AccountParts
    engines: EngineParts
    media: MediaService
    films: FilmChecks
    calling_off: CallingOff
    jobs: JobService
    queue: JobQueue
    queues: Queues
    workers: Workers
    readiness: Readiness
    glossary: Glossary
    usage: UsageReports
    credits: Credits
    archive: RevisionArchive
    transcripts: TranscriptService
    search: SearchParts
    voices: KnownVoices
    speech: SpeechService
    data_protection: DataProtection


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Installation]:
    """Open the installation that `settings` name, made or migrated first where needed."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    async with (
        opened_database(settings) as database,
        opened_hub(settings) as hub,
        opened_counters(settings) as counters,
    ):
        installation, watch = None, None
        try:
            await migrate.upgrade(database)
            installation = assembled(settings, database, hub, counters)
            if database.is_sqlite:
                watch = asyncio.create_task(watch_sqlite(database.url, hub.wake_all, _WATCH_EVERY_SECONDS))
            yield installation
        finally:
            if watch is not None:
                watch.cancel()
                with suppress(asyncio.CancelledError):
                    await watch
            if installation is not None:
                await installation.engines.host.close()
                await installation.search.close()
                await installation.media.close()
                await installation.accounts.people.mailer.close()


def assembled(
    settings: Settings,
    database: Database,
    hub: Hub | None = None,
    counters: Counters | None = None,
    *,
    check: CheckJob | None = None,
) -> Installation:
    """The parts over `database`, put together; nothing is started or written. Without a hub and counters,
    hints and counts are this process's alone. `check` decides which jobs can be done; by default the engines
    and models of this machine do.
    """
    store, hub = open_store(settings), hub or LocalHub()
    counters = counters or Counters()
    accounts, engines = open_accounts(settings, database, counters), open_engines(settings)
    quotas, archive = Quotas(settings), RevisionArchive(database, store)
    job_parts = open_jobs(settings, database, store, hub, engines, quotas=quotas, check=check)
    jobs = job_parts.service
    media = MediaService(database, store, settings)
    transcripts = TranscriptService(database, store, archive)
    rooms = RecordingRooms(media=media, jobs=jobs, archive=archive, transcripts=transcripts)
    voices = open_voices(settings, database, store, engines, rooms)
    return Installation(
        settings=settings,
        database=database,
        store=store,
        hub=hub,
        counters=counters,
        accounts=accounts,
        engines=engines,
        media=media,
        films=job_parts.films,
        calling_off=job_parts.calling_off,
        jobs=jobs,
        queue=job_parts.queue,
        queues=job_parts.queues,
        workers=job_parts.workers,
        readiness=_readiness(
            settings, engines, database=database, store=store, hub=hub, workers=job_parts.workers
        ),
        glossary=Glossary(database),
        usage=UsageReports(database, quotas, settings),
        credits=Credits(database, accounts.audit),
        archive=archive,
        transcripts=transcripts,
        search=_open_search(settings, database, archive, engines),
        voices=voices,
        speech=open_speech_service(settings, database, engines),
        data_protection=open_data_protection(settings, database, store, accounts, rooms=rooms, voices=voices),
    )


def _open_search(
    settings: Settings, database: Database, archive: RevisionArchive, engines: EngineParts
) -> SearchParts:
    return open_search(
        settings,
        database,
        archive,
        registry=engines.registry,
        models=engines.models,
        chooser=engines.chooser,
        writers=engines.writers,
    )


def _readiness(
    settings: Settings,
    engines: EngineParts,
    *,
    database: Database,
    store: ObjectStore,
    hub: Hub,
    workers: Workers,
) -> Readiness:
    return Readiness(
        settings,
        database=database,
        store=store,
        hub=hub,
        workers=workers,
        models=engines.models,
        registry=engines.registry,
    )
