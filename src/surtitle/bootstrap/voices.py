"""Known voices over the parts of an installation."""

from surtitle.bootstrap.engines import EngineParts
from surtitle.bootstrap.rooms import RecordingRooms
from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.domain.minutes import read_minutes
from surtitle.jobs.amending import JobAmending
from surtitle.pipelines.diarization.fusion import speakers_of
from surtitle.pipelines.minutes.markdown import minutes_md
from surtitle.pipelines.voices.enrolment import VoiceEnrolment
from surtitle.pipelines.voices.erasing import ErasingParts, VoiceErasing
from surtitle.pipelines.voices.forgetting import VoiceForgetting
from surtitle.pipelines.voices.labelled_turns import LabelledTurns
from surtitle.pipelines.voices.listening import VoiceListener
from surtitle.pipelines.voices.matching import Certainty
from surtitle.pipelines.voices.naming import VoiceNaming
from surtitle.pipelines.voices.parts import KnownVoices
from surtitle.pipelines.voices.recognising import VoiceRecognition
from surtitle.pipelines.voices.replaying import ClipSounds
from surtitle.pipelines.voices.retelling import Retelling
from surtitle.pipelines.voices.samples import VoiceSamples
from surtitle.pipelines.voices.service import VoiceService
from surtitle.storage import ObjectStore
from surtitle.transcripts.scrubbing import HistoryScrubber


def open_voices(
    settings: Settings,
    database: Database,
    store: ObjectStore,
    engines: EngineParts,
    rooms: RecordingRooms,
) -> KnownVoices:
    """The services over these rooms. Starts nothing."""
    certainty = Certainty(settings.voices.threshold, settings.voices.margin)
    scratch = settings.scratch_directory
    samples = VoiceSamples(
        engines.host,
        engines.chooser,
        jobs=rooms.jobs,
        media=rooms.media,
        scratch=scratch,
        certainty=certainty,
    )
    listener = VoiceListener(engines.host, engines.chooser.setup_for, scratch, certainty)
    turns = LabelledTurns(rooms.media, rooms.transcripts, rooms.jobs)
    service, forgetting = VoiceService(database), VoiceForgetting(database, store)
    erasing = ErasingParts(
        database=database,
        store=store,
        scrubber=HistoryScrubber(database, store, rooms.archive),
        amending=JobAmending(database, store),
        forgetting=forgetting,
        retell=Retelling(lambda data: minutes_md(read_minutes(data))),
    )
    return KnownVoices(
        service=service,
        enrolment=VoiceEnrolment(
            database, service, media=rooms.media, listener=listener, turns=turns, certainty=certainty
        ),
        recognition=VoiceRecognition(service, media=rooms.media, listener=listener, certainty=certainty),
        sounds=ClipSounds(service, turns),
        naming=VoiceNaming(
            database, service, samples, rooms.transcripts, certainty=certainty, speakers_of=speakers_of
        ),
        erasing=VoiceErasing(erasing),
        forgetting=forgetting,
        samples=samples,
        certainty=certainty,
    )
