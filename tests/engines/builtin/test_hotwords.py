"""What a glossary is for: Whisper base writes names that it has never seen."""

from pathlib import Path

import pytest

from surtitle.domain.glossary import with_terms
from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.recognition import WindowCursor
from surtitle.engines.builtin.whisper import WhisperTranscriber
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.sound import SoundFile

from ..conftest import write_sound  # noqa: TID252 - the conftest of the folder above
from .conftest import Narrate

pytestmark = pytest.mark.models

NAMES = ("Kvistholm", "Surtitle", "Zelmira", "Tavikamp")
SENTENCES = (
    "We took the ferry to Kvistholm on Monday.",
    "The subtitles were made with Surtitle.",
    "Zelmira sent the contract to the office.",
    "The road to Tavikamp is closed today.",
)


def test_made_up_names_are_heard_rightly_with_the_glossary_only(
    whisper_base: Path, narrate: Narrate, tmp_path: Path
) -> None:
    whisper = WhisperTranscriber(EngineSetup("whisper", "whisper-base", whisper_base, "cpu", "int8", 2, 2))
    path = write_sound(tmp_path / "names.wav", narrate(*SENTENCES))

    def heard(options: TranscriptionOptions) -> list[str]:
        with SoundFile(path) as sound:
            windows = list(whisper.transcribe(sound, options, WindowCursor()))
        words = (word for window in windows for segment in window.segments for word in segment.words)
        text = "".join(word.text for word in words)
        return [name for name in NAMES if name in text]

    plain = TranscriptionOptions(language="en")
    assert len(heard(plain)) <= 1
    assert heard(with_terms(plain, NAMES)) == list(NAMES)
