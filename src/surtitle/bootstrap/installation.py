"""The parts that every process of an installation shares, opened and closed together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from surtitle.accounts.counting import Counters
from surtitle.accounts.counting import opened as opened_counters
from surtitle.accounts.data_protection import DataProtection
from surtitle.analytics.events import note_milestone
from surtitle.bootstrap.accounts import AccountParts, open_accounts
from surtitle.bootstrap.analytics import Analytics, open_analytics
from surtitle.bootstrap.data_protection import open_data_protection
from surtitle.bootstrap.database import opened_database
from surtitle.bootstrap.engines import EngineParts, open_engines
from surtitle.bootstrap.fetching import FetchParts, open_fetching
from surtitle.bootstrap.jobs import JobParts, open_jobs
from surtitle.bootstrap.metrics import metrics_for
from surtitle.bootstrap.rooms import RecordingRooms
from surtitle.bootstrap.speech import open_speech_service
from surtitle.bootstrap.voices import open_voices
from surtitle.bootstrap.webhooks import WebhookParts, open_recorder, open_webhooks
from surtitle.config import Settings
from surtitle.db import versions
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
from surtitle.notifications.parts import NotificationParts, open_notifications
from surtitle.observability.metrics import Metrics, Role
from surtitle.outgoing.client import Outgoing
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
    outgoing: Outgoing
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
    analytics: Analytics
    archive: RevisionArchive
    transcripts: TranscriptService
    search: SearchParts
    voices: KnownVoices
    speech: SpeechService
    data_protection: DataProtection
    notifications: NotificationParts
    webhooks: WebhookParts
    fetching: FetchParts
    metrics: Metrics


@asynccontextmanager
async def opened(settings: Settings, role: Role = Role.API) -> AsyncIterator[Installation]:
    """Open the installation that `settings` name, made or migrated first where needed. `role` says which
    figures this process keeps.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    async with (
        opened_database(settings) as database,
        opened_hub(settings) as hub,
        opened_counters(settings) as counters,
    ):
        installation, watch = None, None
        try:
            await _up_to_date(database)
            installation = assembled(settings, database, hub, counters, metrics=metrics_for(settings, role))
            if database.is_sqlite:
                watch = asyncio.create_task(watch_sqlite(database.url, hub.wake_all, _WATCH_EVERY_SECONDS))
            yield installation
        finally:
            if watch is not None:
                watch.cancel()
                await asyncio.wait({watch})
            if installation is not None:
                await installation.engines.host.close()
                await installation.search.close()
                await installation.media.close()
                await installation.notifications.transport.close()
                await installation.outgoing.close()


async def _up_to_date(database: Database) -> None:
    if await versions.is_newest(database):
        return
    from surtitle.db import migrate  # noqa: PLC0415 - brings Alembic along, which most starts do not need

    await migrate.upgrade(database)


def assembled(
    settings: Settings,
    database: Database,
    hub: Hub | None = None,
    counters: Counters | None = None,
    *,
    check: CheckJob | None = None,
    metrics: Metrics | None = None,
) -> Installation:
    """The parts over `database`, put together; nothing is started or written. Without a hub and counters,
    hints and counts are this process's alone. `check` decides which jobs can be done; by default the engines
    and models of this machine do.
    """
    store, hub = open_store(settings), hub or LocalHub()
    counters, metrics = counters or Counters(), metrics or metrics_for(settings)
    accounts, engines = open_accounts(settings, database, counters, hub), open_engines(settings, metrics)
    quotas, outgoing, recorder = Quotas(settings), Outgoing(settings.outgoing), open_recorder(settings)
    notifications = open_notifications(
        settings,
        database,
        hub,
        secrets=accounts.secrets,
        audit=accounts.audit,
        quotas=quotas,
        guard=outgoing.guard,
    )
    jobs = open_jobs(
        settings,
        database,
        store,
        hub,
        engines,
        quotas=quotas,
        check=check,
        runs=metrics.runs,
        milestones=[recorder.on_milestone, note_milestone, notifications.job_news],
    )
    media, archive = MediaService(database, store, settings), RevisionArchive(database, store)
    transcripts = TranscriptService(database, store, archive, recorder.on_revised)
    rooms = RecordingRooms(media=media, jobs=jobs.service, archive=archive, transcripts=transcripts)
    ground = _Ground(settings, database, store, hub, counters, metrics, outgoing, accounts, engines, quotas)
    return _upon(ground, jobs, rooms, notifications)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What all other parts stand on."""

    settings: Settings
    database: Database
    store: ObjectStore
    hub: Hub
    counters: Counters
    metrics: Metrics
    outgoing: Outgoing
    accounts: AccountParts
    engines: EngineParts
    quotas: Quotas


def _upon(
    ground: _Ground, jobs: JobParts, rooms: RecordingRooms, notifications: NotificationParts
) -> Installation:
    settings, database, accounts = ground.settings, ground.database, ground.accounts
    voices = open_voices(settings, database, ground.store, ground.engines, rooms)
    return Installation(
        settings=settings,
        database=database,
        store=ground.store,
        hub=ground.hub,
        counters=ground.counters,
        outgoing=ground.outgoing,
        accounts=accounts,
        engines=ground.engines,
        media=rooms.media,
        films=jobs.films,
        calling_off=jobs.calling_off,
        jobs=jobs.service,
        queue=jobs.queue,
        queues=jobs.queues,
        workers=jobs.workers,
        readiness=_readiness(ground, jobs.workers),
        glossary=Glossary(database),
        usage=UsageReports(database, ground.quotas, settings),
        credits=Credits(database, accounts.audit),
        analytics=open_analytics(settings, database),
        notifications=notifications,
        archive=rooms.archive,
        transcripts=rooms.transcripts,
        search=_open_search(ground, rooms.archive),
        voices=voices,
        speech=open_speech_service(settings, database, ground.engines),
        data_protection=open_data_protection(
            settings, database, ground.store, accounts, rooms=rooms, voices=voices
        ),
        webhooks=open_webhooks(settings, database, accounts, ground.outgoing),
        fetching=open_fetching(settings, database, rooms.media, accounts, ground.outgoing),
        metrics=ground.metrics,
    )


def _open_search(ground: _Ground, archive: RevisionArchive) -> SearchParts:
    engines = ground.engines
    return open_search(
        ground.settings,
        ground.database,
        archive,
        registry=engines.registry,
        models=engines.models,
        chooser=engines.chooser,
        writers=engines.writers,
        metrics=ground.metrics.engines,
    )


def _readiness(ground: _Ground, workers: Workers) -> Readiness:
    return Readiness(
        ground.settings,
        database=ground.database,
        store=ground.store,
        hub=ground.hub,
        workers=workers,
        models=ground.engines.models,
        registry=ground.engines.registry,
    )
