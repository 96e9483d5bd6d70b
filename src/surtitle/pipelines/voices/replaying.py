"""Hearing again what a voice was learned from, where that is a recording which is still here."""

from uuid import UUID

from surtitle.db.voice_models import KnownVoice, Voiceprint
from surtitle.errors import NotFound
from surtitle.pipelines.voices.errors import NothingOfSpeaker, SoundNotKept
from surtitle.pipelines.voices.labelled_turns import LabelledTurns, SpeakerPlace
from surtitle.pipelines.voices.service import VoiceService
from surtitle.transcripts.errors import TranscriptNotFound


class ClipSounds:
    """Cuts clips out of their recordings anew. Of a file that somebody sent, the sound was not kept."""

    def __init__(self, service: VoiceService, turns: LabelledTurns) -> None:
        self._service = service
        self._turns = turns

    async def sound(self, project_id: UUID, voice_id: UUID, clip_id: UUID) -> bytes:
        """What the speaker says, as 16 kHz WAV, a minute at most. Raises `VoiceNotFound`, `SoundNotKept`."""
        detail = await self._service.get(project_id, voice_id)
        clip = next((one for one in detail.clips if one.id == clip_id), None)
        if clip is None:
            raise NotFound(f"The voice {voice_id} has no clip {clip_id}.")
        for place in _places(detail.voice, clip):
            try:
                return await self._turns.sound(project_id, place)
            except (NothingOfSpeaker, TranscriptNotFound):
                continue
        raise SoundNotKept(clip_id)


def _places(voice: KnownVoice, clip: Voiceprint) -> list[SpeakerPlace]:
    """The speaker as they were called when the voice was learned, and as they may be called since."""
    if clip.transcript_id is None or clip.speaker is None:
        return []
    names = dict.fromkeys((clip.speaker, voice.name, *reversed(voice.former_names)))
    return [SpeakerPlace(clip.transcript_id, name) for name in names]
