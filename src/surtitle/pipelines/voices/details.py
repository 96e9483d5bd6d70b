"""A voice with all that belongs to it, as surfaces show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from surtitle.db.voice_models import Consent, KnownVoice, Voiceprint
from surtitle.pipelines.voices.consent import in_force
from surtitle.pipelines.voices.repository import VoiceRepository

VoiceState = Literal["known", "consent-over", "erasing"]


@dataclass(frozen=True, slots=True)
class VoiceDetail:
    """A voice with its consents, the newest first, and its clips."""

    voice: KnownVoice
    consents: Sequence[Consent]
    clips: Sequence[Voiceprint]

    @property
    def in_force(self) -> bool:
        """Whether it is compared with the speakers of recordings."""
        return self.voice.erasing_at is None and in_force(self.consents[0] if self.consents else None)

    @property
    def state(self) -> VoiceState:
        """Only a voice that is `known` is looked for in recordings."""
        if self.voice.erasing_at is not None:
            return "erasing"
        return "known" if self.in_force else "consent-over"


async def details_of(repository: VoiceRepository, voices: Sequence[KnownVoice]) -> Sequence[VoiceDetail]:
    """Of each, in the same order."""
    ids = [voice.id for voice in voices]
    consents, clips = await repository.consents(ids), await repository.prints(ids)
    return [VoiceDetail(voice, consents[voice.id], clips[voice.id]) for voice in voices]
