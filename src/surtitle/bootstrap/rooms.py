"""The rooms of recordings and of what is made of them, as those above them take them together."""

from dataclasses import dataclass

from surtitle.jobs.service import JobService
from surtitle.media.service import MediaService
from surtitle.transcripts.archive import RevisionArchive
from surtitle.transcripts.service import TranscriptService


@dataclass(frozen=True, slots=True)
class RecordingRooms:
    """Over one database and one store."""

    media: MediaService
    jobs: JobService
    archive: RevisionArchive
    transcripts: TranscriptService
