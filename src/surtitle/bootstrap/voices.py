"""Known voices over the parts of an installation."""

from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.engines.host import EngineHost
from surtitle.engines.models import EngineChooser
from surtitle.jobs.amending import JobAmending
from surtitle.jobs.service import JobService
from surtitle.media.service import MediaService
from surtitle.pipelines.voices.erasing import ErasingParts, VoiceErasing
from surtitle.pipelines.voices.labelled_turns import LabelledTurns
from surtitle.pipelines.voices.listening import VoiceListener
from surtitle.pipelines.voices.matching import Certainty
from surtitle.pipelines.voices.naming import VoiceNaming
from surtitle.pipelines.voices.parts import KnownVoices
from surtitle.pipelines.voices.samples import VoiceSamples
from surtitle.pipelines.voices.service import VoiceService
from surtitle.storage import ObjectStore
from surtitle.transcripts.archive import RevisionArchive
from surtitle.transcripts.scrubbing import HistoryScrubber
from surtitle.transcripts.service import TranscriptService


def open_voices(
    settings: Settings,
    database: Database,
    store: ObjectStore,
    *,
    host: EngineHost,
    chooser: EngineChooser,
    media: MediaService,
    jobs: JobService,
    archive: RevisionArchive,
    transcripts: TranscriptService,
) -> KnownVoices:
    """The services over these rooms. Starts nothing."""
    certainty = Certainty(settings.voices.threshold, settings.voices.margin)
    scratch = settings.scratch_directory
    samples = VoiceSamples(host, chooser, jobs=jobs, media=media, scratch=scratch, certainty=certainty)
    listener = VoiceListener(host, chooser.setup_for, scratch, certainty)
    service = VoiceService(database, media, listener, LabelledTurns(media, transcripts), certainty)
    erasing = ErasingParts(
        database=database,
        transcripts=transcripts,
        scrubber=HistoryScrubber(database, store, archive),
        amending=JobAmending(database, store),
        certainty=certainty,
    )
    return KnownVoices(
        service=service,
        naming=VoiceNaming(database, service, samples, transcripts, certainty),
        erasing=VoiceErasing(erasing),
        samples=samples,
        certainty=certainty,
    )
