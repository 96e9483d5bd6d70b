"""What the routes call: built once by `bootstrap`, handed to `create_app`."""

from dataclasses import dataclass

from limits.aio.storage import Storage

from surtitle.accounts.audit import AuditTrail
from surtitle.accounts.authentication import Authenticator
from surtitle.accounts.data_protection import DataProtection
from surtitle.accounts.holdings import Holdings
from surtitle.accounts.links import Links
from surtitle.accounts.people import People
from surtitle.analytics.reading import FigureReading
from surtitle.api.administration import Administration
from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.engines.models import ModelStore
from surtitle.engines.registry import EngineRegistry
from surtitle.figures.scrape import Scrape
from surtitle.hub import Hub
from surtitle.jobs.awaited import AwaitedJobs
from surtitle.jobs.figures import JobFigures
from surtitle.jobs.glossary import Glossary
from surtitle.jobs.queues import Queues
from surtitle.jobs.readiness import Readiness
from surtitle.jobs.service import JobService
from surtitle.jobs.workers import Workers
from surtitle.media.direct import DirectUploads
from surtitle.media.fetching.service import Fetches
from surtitle.media.resumable import ResumableUploads
from surtitle.media.service import MediaService
from surtitle.notifications.parts import NotificationParts
from surtitle.observability.metrics import Metrics
from surtitle.pipelines.estimating import Estimates
from surtitle.pipelines.film.checks import FilmChecks
from surtitle.pipelines.previews import Previews
from surtitle.pipelines.results import ResultService
from surtitle.pipelines.revision_files import RevisionFiles
from surtitle.pipelines.search.parts import SearchParts
from surtitle.pipelines.speech.service import SpeechService
from surtitle.pipelines.voices.parts import KnownVoices
from surtitle.pipelines.voices.samples import VoiceSamples
from surtitle.storage import ObjectStore
from surtitle.transcripts.importing.service import TranscriptImports
from surtitle.transcripts.service import TranscriptService
from surtitle.usage.credits import Credits
from surtitle.usage.reports import UsageReports
from surtitle.webhooks.service import Webhooks


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that a request can need. Shared by all requests of one process."""

    settings: Settings
    database: Database
    store: ObjectStore
    hub: Hub
    rates: Storage
    authenticator: Authenticator
    holdings: Holdings
    audit: AuditTrail
    links: Links
    people: People
    media: MediaService
    uploads: ResumableUploads
    direct_uploads: DirectUploads
    jobs: JobService
    queues: Queues
    workers: Workers
    readiness: Readiness
    awaited: AwaitedJobs
    figures: JobFigures
    glossary: Glossary
    usage: UsageReports
    credits: Credits
    kpis: FigureReading
    results: ResultService
    previews: Previews
    estimates: Estimates
    films: FilmChecks
    transcripts: TranscriptService
    search: SearchParts
    imports: TranscriptImports
    revision_files: RevisionFiles
    voice_samples: VoiceSamples
    voices: KnownVoices
    speech: SpeechService
    data_protection: DataProtection
    notifications: NotificationParts
    webhooks: Webhooks
    fetches: Fetches
    engines: EngineRegistry
    models: ModelStore
    metrics: Metrics
    scrape: Scrape
    administration: Administration
