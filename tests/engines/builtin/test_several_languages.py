"""A recording in three languages, spoken by eSpeak NG, a program of its own."""

import io
import shutil
import subprocess
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.recognition import WindowCursor
from surtitle.engines.builtin.whisper import WhisperTranscriber
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.sound import SoundFile

from ..conftest import write_sound  # noqa: TID252 - the conftest of the folder above

pytestmark = [
    pytest.mark.models,
    pytest.mark.skipif(
        shutil.which("espeak-ng") is None, reason="needs the program espeak-ng (Debian: espeak-ng)"
    ),
]

SPOKEN = {
    "en": "Good morning everybody. The meeting begins in the large room on the first floor.",
    "fr": "Bonjour à tous. La réunion commence à neuf heures dans la grande salle du premier étage.",
    "es": "Buenos días a todos. La reunión empieza a las nueve en la sala grande del primer piso.",
}
# A robot's voice is hard for Whisper base; what it makes of these words leaves no doubt of the language.
UNDERSTOOD = {"en": "meeting begins", "fr": "Bonjour à tous", "es": "la sala grande"}


def say(language: str) -> npt.NDArray[np.float32]:
    """Float32 at 16 kHz."""
    voice = {"en": "en-us"}.get(language, language)
    spoken = subprocess.run(
        ["espeak-ng", "-v", voice, "-s", "140", "--stdout", SPOKEN[language]], check=True, capture_output=True
    )
    with wave.open(io.BytesIO(spoken.stdout)) as file:
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(10**9), dtype="<i2").astype(np.float32) / 32768
    times = np.arange(0, len(samples), rate / 16_000)
    return np.interp(times, np.arange(len(samples)), samples).astype(np.float32)


def test_each_language_is_heard_as_what_it_is(whisper_base: Path, tmp_path: Path) -> None:
    pause = np.zeros(2 * 16_000, dtype=np.float32)
    path = write_sound(
        tmp_path / "three.wav", np.concatenate([part for name in SPOKEN for part in (say(name), pause)])
    )
    whisper = WhisperTranscriber(EngineSetup("whisper", "whisper-base", whisper_base, "cpu", "int8", 2, 2))
    with SoundFile(path) as sound:
        options = TranscriptionOptions(multilingual=True)
        windows = list(whisper.transcribe(sound, options, WindowCursor()))
    heard: dict[str, str] = {}
    for segment in (segment for window in windows for segment in window.segments):
        words = "".join(word.text for word in segment.words)
        language = str(segment.language)
        heard[language] = heard.get(language, "") + words
    assert set(heard) == set(SPOKEN)
    for language, words in UNDERSTOOD.items():
        assert words in heard[language]
