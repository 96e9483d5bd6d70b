"""Registers what each room holds of people, so that all of it can be erased, exported and aged."""

from surtitle.accounts.audit import AuditTrail
from surtitle.accounts.audit_reading import AuditReading
from surtitle.accounts.audit_verification import AuditVerification
from surtitle.accounts.authentication import Authenticator
from surtitle.accounts.data_protection import DataProtection
from surtitle.accounts.erasable import Erasable
from surtitle.accounts.erasure import ErasureParts, Erasures
from surtitle.accounts.export import Exportable, PersonalExport
from surtitle.accounts.people import People
from surtitle.accounts.retention import Retention
from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.jobs.erasing import JobErasing, WorkErasing
from surtitle.jobs.exporting import JobExport
from surtitle.jobs.service import JobService
from surtitle.media.direct import DirectUploads
from surtitle.media.erasing import MediaErasing
from surtitle.media.exporting import MediaExport
from surtitle.media.resumable import ResumableUploads
from surtitle.media.service import MediaService
from surtitle.pipelines.search.erasing import SearchErasing
from surtitle.pipelines.voices.parts import KnownVoices
from surtitle.pipelines.voices.personal import VoiceExport, VoicesErasing
from surtitle.storage import ObjectStore
from surtitle.transcripts.erasing import TranscriptErasing
from surtitle.transcripts.exporting import TranscriptExport
from surtitle.transcripts.service import TranscriptService


def open_data_protection(
    settings: Settings,
    database: Database,
    store: ObjectStore,
    *,
    audit: AuditTrail,
    authenticator: Authenticator,
    people: People,
    media: MediaService,
    jobs: JobService,
    transcripts: TranscriptService,
    voices: KnownVoices,
) -> DataProtection:
    """The services over these rooms. Starts nothing."""
    trail = AuditReading(database)
    # Work stops before its results go, and what refers to a thing goes before that thing.
    erasables: list[Erasable] = [
        WorkErasing(database, jobs),
        VoicesErasing(database, voices.erasing),
        TranscriptErasing(database, store, transcripts),
        SearchErasing(database),
        JobErasing(database, store, jobs),
        MediaErasing(
            database,
            store,
            media,
            ResumableUploads(database, media, settings),
            DirectUploads(database, store, media, settings),
        ),
    ]
    parts = ErasureParts(
        database=database,
        store=store,
        audit=audit,
        erasables=erasables,
        forget_callers=authenticator.forget_everybody,
        mailer=people.mailer if settings.mail.host else None,
    )
    exportables: list[Exportable] = [
        MediaExport(database, media),
        TranscriptExport(database, transcripts),
        JobExport(database, jobs),
        VoiceExport(database, voices.service),
    ]
    return DataProtection(
        trail=trail,
        verification=AuditVerification(database, audit),
        erasures=Erasures(parts),
        export=PersonalExport(database, trail, exportables),
        retention=Retention(database, audit, erasables),
    )
