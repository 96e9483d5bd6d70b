"""Listening to what was spoken, with the Whisper model that is installed, for the times of words."""

import asyncio
import contextlib
import logging
import tempfile
from pathlib import Path

from surtitle.config import Settings
from surtitle.domain.options import ComputeType, TranscriptionOptions
from surtitle.domain.recognition import RecognizedWord, WindowCursor
from surtitle.engines.host import EngineHost
from surtitle.engines.models import Hardware, ModelStore, choose_model
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.reasons import reason_of
from surtitle.engines.registry import Capability
from surtitle.errors import SurtitleError
from surtitle.media.sound import extract_sound
from surtitle.pipelines.speech.alignment import HeardWord

log = logging.getLogger(__name__)

_WHISPER = "whisper"


class WordListener:
    """Hears the words of a narration. Fetches nothing."""

    def __init__(
        self, host: EngineHost, settings: Settings, models: ModelStore, hardware: Hardware, scratch: Path
    ) -> None:
        self._host = host
        self._settings = settings
        self._models = models
        self._hardware = hardware
        self._scratch = scratch

    @property
    def is_on(self) -> bool:
        """Whether the installation wants it."""
        return self._settings.speech.align

    async def words_in(self, sound: Path, language: str) -> list[HeardWord] | None:
        """What is heard in a WAV; None without a model that knows the language, or where it failed: times
        are then guessed, and a narration is not lost for want of them.
        """
        try:
            setup = await asyncio.to_thread(self._setup, language)
            return None if setup is None else await self._heard(setup, sound, language)
        except SurtitleError as error:
            log.warning("the words of a narration could not be timed by listening: %s", reason_of(error))
            return None

    async def _heard(self, setup: EngineSetup, sound: Path, language: str) -> list[HeardWord]:
        options = TranscriptionOptions(language=language, beam_size=1)
        heard: list[HeardWord] = []
        with tempfile.TemporaryDirectory(prefix="narration-", dir=self._scratch) as folder:
            copy = Path(folder) / "sound.wav"
            await asyncio.to_thread(extract_sound, sound, copy)
            windows = self._host.transcribe(setup, copy, options, WindowCursor())
            async with contextlib.aclosing(windows):
                async for window in windows:
                    heard += [_heard(word) for segment in window.segments for word in segment.words]
        return heard

    def _setup(self, language: str) -> EngineSetup | None:
        here = [
            model
            for model in self._models.installed()
            if model.capability is Capability.TRANSCRIBER and (model.multilingual or language == "en")
        ]
        if not here or not self.is_on:
            return None
        # The smallest: it is told which words to expect, and only has to hear when.
        smallest = min(here, key=lambda model: (not model.pinned, model.size_bytes))
        engines = self._settings.engines
        choice = choose_model(
            self._hardware,
            here,
            language,
            model=smallest.name,
            device=engines.device,
            compute_type=ComputeType(engines.compute_type),
            manifest=self._models.manifest,
        )
        return EngineSetup(
            engine=_WHISPER,
            model=choice.model,
            # Not the folder that was found: its weights may have changed since they were checked.
            model_directory=self._models.path(smallest.name),
            device=choice.device,
            compute_type=choice.compute_type,
            threads=engines.threads or self._hardware.cpu_cores,
        )


def _heard(word: RecognizedWord) -> HeardWord:
    return HeardWord(word.text, word.start_seconds, word.end_seconds)
