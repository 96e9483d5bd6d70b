"""Everything that speaking consists of, over one engine host."""

from dataclasses import dataclass

from surtitle.config import Settings
from surtitle.engines.host import EngineHost
from surtitle.engines.models import Hardware, ModelStore
from surtitle.engines.registry import EngineRegistry
from surtitle.pipelines.speech.choosing import SpeakerChooser
from surtitle.pipelines.speech.listening import WordListener
from surtitle.pipelines.speech.narration import Narrator
from surtitle.pipelines.speech.speaking import Speaker


@dataclass(frozen=True, slots=True)
class SpeechParts:
    """`chooser` settles the voice, `speaker` makes sound, `narrator` a whole narration."""

    chooser: SpeakerChooser
    speaker: Speaker
    narrator: Narrator


def open_speech(
    settings: Settings, registry: EngineRegistry, models: ModelStore, hardware: Hardware, host: EngineHost
) -> SpeechParts:
    """Starts nothing."""
    scratch = settings.scratch_directory
    chooser = SpeakerChooser(settings, registry, models, hardware)
    speaker = Speaker(host, scratch)
    listener = WordListener(host, settings, models, hardware, scratch)
    return SpeechParts(chooser, speaker, Narrator(speaker, chooser, listener))
