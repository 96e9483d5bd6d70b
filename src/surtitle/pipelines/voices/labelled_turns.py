"""What a labelled speaker of a transcript says, as sound to learn a voice from."""

from dataclasses import dataclass
from uuid import UUID

from surtitle.db.models import Media, StoredTranscript
from surtitle.domain.speakers import SpeakerTurn
from surtitle.domain.transcript import Stretch, Transcript
from surtitle.jobs.service import JobService
from surtitle.media.errors import MediaNotFound
from surtitle.media.service import MediaService
from surtitle.pipelines.voices.errors import NothingOfSpeaker
from surtitle.pipelines.voices.quality import MOST_SPEECH_SECONDS
from surtitle.pipelines.voices.stretches import alone, shortened
from surtitle.transcripts.service import TranscriptService

_LEAST_STRETCH_SECONDS = 0.8


@dataclass(frozen=True, slots=True)
class SpeakerPlace:
    """A speaker as they stand in a transcript: a label such as `speaker_2`, or a name."""

    transcript_id: UUID
    speaker: str


class LabelledTurns:
    """Cuts the sound of a speaker out of the recording of a transcript."""

    def __init__(self, media: MediaService, transcripts: TranscriptService, jobs: JobService) -> None:
        self._media = media
        self._transcripts = transcripts
        self._jobs = jobs

    async def sound(self, project_id: UUID, place: SpeakerPlace) -> bytes:
        """The first minute in which the speaker talks alone, as 16 kHz WAV.

        Raises `TranscriptNotFound`, and `NothingOfSpeaker` where there is nothing to hear.
        """
        found = await self._transcripts.text(project_id, place.transcript_id)
        stretches = shortened(_alone(found.transcript, place.speaker), MOST_SPEECH_SECONDS)
        if not stretches:
            raise NothingOfSpeaker(
                f"{place.speaker[:60]!r} does not speak alone anywhere in that transcript. Name a speaker as "
                "they stand in it.",
                field="speaker",
            )
        if found.stored.media_id is None:
            raise _gone()
        try:
            media = await self._media.get(project_id, found.stored.media_id)
        except MediaNotFound as error:
            raise _gone() from error
        spans = [(one.start_seconds, one.end_seconds) for one in stretches]
        return await self._media.excerpt(media, spans, await self._track(found.stored, media))

    async def _track(self, stored: StoredTranscript, media: Media) -> int | None:
        """The audio track that was transcribed, None for the default one."""
        if stored.job_id is not None:
            job = (await self._jobs.get(stored.project_id, stored.job_id)).job
            track: int | None = job.options.get("audio_track")
            return track
        if len(media.probe["audio"]) > 1:
            raise NothingOfSpeaker(
                "The recording has several audio tracks, and the job that knew which of them was transcribed "
                "was deleted. Send a clip instead.",
                field="transcript_id",
            )
        return None


def _gone() -> NothingOfSpeaker:
    return NothingOfSpeaker(
        "The recording of that transcript was deleted, so nobody can be heard in it. Send a clip instead.",
        field="transcript_id",
    )


def _alone(transcript: Transcript, speaker: str) -> list[Stretch]:
    turns = [
        SpeakerTurn(one.start_seconds, one.end_seconds, one.speaker or "") for one in transcript.segments
    ]
    mine = [turn for turn in turns if turn.speaker == speaker]
    others = [turn for turn in turns if turn.speaker != speaker]
    return [one for one in alone(mine, others) if one.seconds >= _LEAST_STRETCH_SECONDS]
