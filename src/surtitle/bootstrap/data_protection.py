"""Registers what each room holds of people, so that all of it can be erased, exported and aged."""

from surtitle.accounts.ageing import Ageing
from surtitle.accounts.audit_reading import AuditReading
from surtitle.accounts.audit_verification import AuditVerification
from surtitle.accounts.data_protection import DataProtection
from surtitle.accounts.erasable import Erasable
from surtitle.accounts.erasure import ErasureParts, Erasures
from surtitle.accounts.export import Exportable, PersonalExport
from surtitle.accounts.retention import Retention
from surtitle.bootstrap.accounts import AccountParts
from surtitle.bootstrap.rooms import RecordingRooms
from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.jobs.ageing import JobAgeing
from surtitle.jobs.erasing import JobErasing, WorkErasing
from surtitle.jobs.exporting import JobExport
from surtitle.media.ageing import MediaAgeing
from surtitle.media.direct import DirectUploads
from surtitle.media.erasing import MediaErasing
from surtitle.media.exporting import MediaExport
from surtitle.media.fetching.erasing import FetchErasing
from surtitle.media.resumable import ResumableUploads
from surtitle.notifications.personal import NotificationsErasing, NotificationsExport
from surtitle.pipelines.search.erasing import SearchErasing
from surtitle.pipelines.voices.parts import KnownVoices
from surtitle.pipelines.voices.personal import VoiceExport, VoicesErasing
from surtitle.storage import ObjectStore
from surtitle.transcripts.ageing import TranscriptAgeing
from surtitle.transcripts.erasing import TranscriptErasing
from surtitle.transcripts.exporting import TranscriptExport


def open_data_protection(
    settings: Settings,
    database: Database,
    store: ObjectStore,
    accounts: AccountParts,
    *,
    rooms: RecordingRooms,
    voices: KnownVoices,
) -> DataProtection:
    """The services over these rooms. Starts nothing."""
    trail = AuditReading(database)
    erasables = _erasables(settings, database, store, accounts, rooms=rooms, voices=voices)
    parts = ErasureParts(
        database=database,
        store=store,
        audit=accounts.audit,
        erasables=erasables,
        forget_callers=accounts.authenticator.forget_everybody,
        letters=accounts.people.letters,
        post=accounts.post if settings.mail.delivers else None,
    )
    exportables: list[Exportable] = [
        MediaExport(database, rooms.media),
        TranscriptExport(database, rooms.transcripts),
        JobExport(database, rooms.jobs),
        VoiceExport(database, voices.service),
        NotificationsExport(database),
    ]
    return DataProtection(
        trail=trail,
        verification=AuditVerification(database, accounts.audit),
        erasures=Erasures(parts),
        export=PersonalExport(database, trail, exportables),
        retention=Retention(
            database, store, accounts.audit, settings.retention, _ageings(database, store, rooms)
        ),
    )


def _erasables(
    settings: Settings,
    database: Database,
    store: ObjectStore,
    accounts: AccountParts,
    *,
    rooms: RecordingRooms,
    voices: KnownVoices,
) -> list[Erasable]:
    """Work stops before its results go, and what refers to a thing goes before that thing."""
    return [
        WorkErasing(database, rooms.jobs),
        VoicesErasing(database, voices.erasing),
        TranscriptErasing(database, store, rooms.transcripts),
        SearchErasing(database),
        JobErasing(database, store, rooms.jobs),
        FetchErasing(database),
        MediaErasing(
            database,
            store,
            rooms.media,
            ResumableUploads(database, rooms.media, settings),
            DirectUploads(database, store, rooms.media, settings),
        ),
        NotificationsErasing(database, accounts.secrets),
    ]


def _ageings(database: Database, store: ObjectStore, rooms: RecordingRooms) -> list[Ageing]:
    """What refers to a thing goes before that thing."""
    return [
        TranscriptAgeing(database, store, rooms.transcripts),
        JobAgeing(database, store, rooms.jobs),
        MediaAgeing(database, rooms.media),
    ]
