"""From the sound of a clip to what is kept of it: is it fit, and what does the voice sound like."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from surtitle.domain.options import DiarizationOptions
from surtitle.domain.speakers import Diarization, SpeakerVoice
from surtitle.domain.transcript import Stretch
from surtitle.engines.host import EngineHost
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.registry import Capability
from surtitle.engines.sound import SoundFile
from surtitle.media.service import MediaService
from surtitle.pipelines.voices.errors import UnfitClip
from surtitle.pipelines.voices.matching import Certainty, Embedding
from surtitle.pipelines.voices.quality import (
    MOST_SPEECH_SECONDS,
    ClipFacts,
    measured,
    require_fit,
    stretches_of_one,
)
from surtitle.pipelines.voices.stretches import shortened

# A minute is used; what is around the speech may be as long again.
_CLIP_SECONDS = 120.0

ChooseSetup = Callable[[Capability], EngineSetup]
"""How an engine is to be built; may fetch its model, so it is called in a thread."""


@dataclass(frozen=True, slots=True)
class HeardVoice:
    """One person's voice as a clip gave it. `sha256` is that of the sound."""

    encoder: str
    embedding: Embedding
    facts: ClipFacts
    sha256: str


class VoiceListener:
    """Listens to clips with the engines of this machine. The sound is gone when it has heard it."""

    def __init__(self, host: EngineHost, choose: ChooseSetup, scratch: Path, certainty: Certainty) -> None:
        self._host = host
        self._choose = choose
        self._scratch = scratch
        self._certainty = certainty

    async def hear(self, wav: bytes) -> HeardVoice:
        """The voice in a 16 kHz WAV. Raises `UnfitClip`, and what the engines raise."""
        diarizer = await asyncio.to_thread(self._choose, Capability.DIARIZER)
        encoder = await asyncio.to_thread(self._choose, Capability.VOICE_ENCODER)
        self._scratch.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="voice-", dir=self._scratch) as folder:
            path = Path(folder) / "clip.wav"
            await asyncio.to_thread(path.write_bytes, wav)
            diarization = await self._host.diarize(diarizer, path, DiarizationOptions(), _nobody_waits)
            stretches = stretches_of_one(diarization, self._same_as_main(diarization))
            facts = await asyncio.to_thread(_measured, path, stretches)
            require_fit(facts)
            heard = shortened(stretches, MOST_SPEECH_SECONDS)
            voice = await self._host.encode_voice(encoder, path, heard)
        if voice is None:
            raise UnfitClip("Too little of the clip can be heard to know a voice by.", "too-short")
        embedding = np.asarray(voice.embedding, dtype=np.float32)
        return HeardVoice(voice.encoder, embedding, facts, hashlib.sha256(wav).hexdigest())

    def _same_as_main(self, diarization: Diarization) -> frozenset[str]:
        """Labels that are the main speaker's too: one voice may be taken for two in a short clip."""
        known = [voice for voice in diarization.voices if voice.embedding is not None]
        if not known:
            return frozenset()
        main = max(known, key=lambda one: (one.speech_seconds, one.speaker))
        return frozenset(one.speaker for one in known if one is not main and self._alike(main, one))

    def _alike(self, one: SpeakerVoice, other: SpeakerVoice) -> bool:
        if one.encoder != other.encoder or one.embedding is None or other.embedding is None:
            return False
        score = float(np.dot(one.embedding, other.embedding))
        return score >= self._certainty.threshold_of(one.encoder)


async def hear_file(listener: VoiceListener, media: MediaService, clip: Path, clip_name: str) -> HeardVoice:
    """The voice in a file of sound, whatever its format. Raises `UnfitClip`, `NotMedia`, `NoSound`."""
    return await listener.hear(await media.excerpt_of_file(clip, clip_name, [(0.0, _CLIP_SECONDS)]))


def _measured(path: Path, stretches: list[Stretch]) -> ClipFacts:
    with SoundFile(path) as sound:
        return measured(sound.read(0, sound.sample_count), stretches)


def _nobody_waits(_fraction: float) -> None:
    """A clip is heard in a second or two."""
