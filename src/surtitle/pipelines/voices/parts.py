"""What the surfaces and the worker ask about known voices, put together."""

from dataclasses import dataclass

from surtitle.pipelines.voices.enrolment import VoiceEnrolment
from surtitle.pipelines.voices.erasing import VoiceErasing
from surtitle.pipelines.voices.forgetting import VoiceForgetting
from surtitle.pipelines.voices.matching import Certainty
from surtitle.pipelines.voices.naming import VoiceNaming
from surtitle.pipelines.voices.recognising import VoiceRecognition
from surtitle.pipelines.voices.replaying import ClipSounds
from surtitle.pipelines.voices.samples import VoiceSamples
from surtitle.pipelines.voices.service import VoiceService


@dataclass(frozen=True, slots=True)
class KnownVoices:
    """One for each process."""

    service: VoiceService
    enrolment: VoiceEnrolment
    recognition: VoiceRecognition
    sounds: ClipSounds
    naming: VoiceNaming
    erasing: VoiceErasing
    forgetting: VoiceForgetting
    samples: VoiceSamples
    certainty: Certainty
