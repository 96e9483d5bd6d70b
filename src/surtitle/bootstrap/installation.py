"""The parts that every process of an installation shares, opened and closed together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from surtitle.accounts.audit import AuditTrail
from surtitle.accounts.authentication import Authenticator
from surtitle.accounts.counting import Counters
from surtitle.accounts.counting import opened as opened_counters
from surtitle.accounts.data_protection import DataProtection
from surtitle.accounts.links import Links
from surtitle.accounts.people import People, open_people
from surtitle.accounts.secrets import Secrets, open_secrets
from surtitle.accounts.throttle import Throttle
from surtitle.accounts.tokens import AccessTokens
from surtitle.bootstrap.data_protection import open_data_protection
from surtitle.bootstrap.database import opened_database
from surtitle.bootstrap.voices import open_voices
from surtitle.config import Settings
from surtitle.db import migrate
from surtitle.db.engine import Database
from surtitle.db.watch import watch_sqlite
from surtitle.engines.builtin.cuda import cuda_device_count
from surtitle.engines.host import EngineHost
from surtitle.engines.models import EngineChooser, ModelStore, probe_hardware
from surtitle.engines.registry import EngineRegistry
from surtitle.engines.writing import Writers
from surtitle.hub import Hub, LocalHub
from surtitle.hub import opened as opened_hub
from surtitle.jobs.acceptance import Acceptance, CheckJob
from surtitle.jobs.glossary import Glossary
from surtitle.jobs.queue import JobQueue
from surtitle.jobs.queues import Queues
from surtitle.jobs.readiness import Readiness
from surtitle.jobs.service import JobService
from surtitle.jobs.workers import Workers
from surtitle.media.service import MediaService
from surtitle.pipelines.checks import JobChecks
from surtitle.pipelines.film.checks import FilmChecks
from surtitle.pipelines.placement import JobPlacement
from surtitle.pipelines.search.parts import SearchParts, open_search
from surtitle.pipelines.speech.parts import open_speech
from surtitle.pipelines.speech.service import SpeechService
from surtitle.pipelines.transcription.selection import EngineSelector
from surtitle.pipelines.voices.parts import KnownVoices
from surtitle.storage import ObjectStore, open_store
from surtitle.transcripts.archive import RevisionArchive
from surtitle.transcripts.publishing import discard_untouched
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
    secrets: Secrets
    audit: AuditTrail
    tokens: AccessTokens
    authenticator: Authenticator
    throttle: Throttle
    links: Links
    people: People
    models: ModelStore
    registry: EngineRegistry
    selector: EngineSelector
    chooser: EngineChooser
    host: EngineHost
    """For what a person waits for; its child starts when it is first asked. Workers have their own."""
    writers: Writers
    media: MediaService
    films: FilmChecks
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
                await installation.host.close()
                await installation.search.close()
                await installation.media.close()
                await installation.people.mailer.close()


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
    store, hub, counters = open_store(settings), hub or LocalHub(), counters or Counters()
    models = ModelStore(settings)
    registry = EngineRegistry(settings.engines.plugin)
    selector = EngineSelector(settings.engines, registry, models, probe_hardware(cuda_device_count()))
    secrets = open_secrets(settings)
    audit, quotas = AuditTrail(database, secrets), Quotas(settings)
    tokens = AccessTokens(database, secrets, settings.accounts.access_token_seconds)
    authenticator = Authenticator(database, tokens, settings.accounts.memory_seconds)
    throttle = Throttle(counters.attempts)
    archive, writers = RevisionArchive(database, store), Writers(settings.writing)
    people = open_people(
        settings,
        database,
        secrets=secrets,
        audit=audit,
        tokens=tokens,
        authenticator=authenticator,
        throttle=throttle,
    )
    media = MediaService(database, store, settings)
    chooser = EngineChooser(settings, registry, models, selector.hardware)
    films = FilmChecks(settings.films, registry, writers, chooser)
    acceptance = Acceptance(
        check or JobChecks(selector, writers, films),
        quotas,
        settings.jobs,
        JobPlacement(selector, settings.jobs, registry, settings.films),
    )
    jobs = JobService(database, store, hub, acceptance, goes_with_job=[discard_untouched])
    transcripts = TranscriptService(database, store, archive)
    workers = Workers(database, settings.jobs)
    host = EngineHost(settings.engines, registry)
    voices = open_voices(
        settings,
        database,
        store,
        host=host,
        chooser=chooser,
        media=media,
        jobs=jobs,
        archive=archive,
        transcripts=transcripts,
    )
    return Installation(
        settings=settings,
        database=database,
        store=store,
        hub=hub,
        counters=counters,
        secrets=secrets,
        audit=audit,
        tokens=tokens,
        authenticator=authenticator,
        throttle=throttle,
        links=Links(database, secrets),
        people=people,
        models=models,
        registry=registry,
        selector=selector,
        chooser=chooser,
        host=host,
        writers=writers,
        media=media,
        films=films,
        jobs=jobs,
        queue=JobQueue(database, hub, settings.jobs),
        queues=Queues(database, hub, settings.jobs),
        workers=workers,
        readiness=Readiness(
            settings,
            database=database,
            store=store,
            hub=hub,
            workers=workers,
            models=models,
            registry=registry,
        ),
        glossary=Glossary(database),
        usage=UsageReports(database, quotas, settings),
        credits=Credits(database, audit),
        archive=archive,
        transcripts=transcripts,
        search=open_search(
            settings,
            database,
            archive,
            registry=registry,
            models=models,
            chooser=chooser,
            writers=writers,
        ),
        voices=voices,
        speech=SpeechService(
            open_speech(settings, registry, models, selector.hardware, host), database, settings
        ),
        data_protection=open_data_protection(
            settings,
            database,
            store,
            audit=audit,
            authenticator=authenticator,
            people=people,
            media=media,
            jobs=jobs,
            transcripts=transcripts,
            voices=voices,
        ),
    )
