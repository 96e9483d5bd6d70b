"""Voices that a request brings along: compared with the speakers of one recording, and kept nowhere."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

import numpy as np

from surtitle.domain.speakers import Diarization, SpeakerTurn, SpeakerVoice, Voice, read_diarization
from surtitle.domain.transcript import Stretch
from surtitle.engines.host import EngineHost
from surtitle.engines.models import EngineChooser
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.registry import Capability
from surtitle.engines.sound import SoundFile
from surtitle.errors import Invalid
from surtitle.ids import new_id
from surtitle.jobs.service import JobService
from surtitle.media.errors import NoSound, NotMedia
from surtitle.media.service import MediaService
from surtitle.pipelines.voices.matching import Certainty, Known, identified

# What OpenAI takes, going by its answers; its documents say 2 to 10 seconds.
SHORTEST_SECONDS = 1.2
LONGEST_SECONDS = 10.0

_DIARIZATION = "diarization.json"
# A voice is as well known from these as from an hour, and fifty speakers' fit into one excerpt.
_ENOUGH_SECONDS = 12.0
_ROUNDING_SECONDS = 0.05


class UnfitSample(Invalid):
    """A sample in which no voice can be heard."""

    slug = "unfit-sample"


@dataclass(frozen=True, slots=True)
class NamedVoice:
    """A voice with the name that the request gave it."""

    name: str
    voice: Voice = field(repr=False)


class VoiceSamples:
    """Listens to samples, and finds their voices among the speakers of a job's recording."""

    def __init__(
        self,
        host: EngineHost,
        chooser: EngineChooser,
        *,
        jobs: JobService,
        media: MediaService,
        scratch: Path,
        certainty: Certainty,
    ) -> None:
        self._host = host
        self._chooser = chooser
        self._jobs = jobs
        self._media = media
        self._scratch = scratch
        self._certainty = certainty

    async def heard(self, samples: Mapping[str, bytes], *, where: str) -> tuple[NamedVoice, ...]:
        """The voices in files of sound, by name. `where`: the field that the request had them in.

        Raises `UnfitSample`.
        """
        setup = await self._setup()
        try:
            return tuple(
                [NamedVoice(name, await self._only_voice(setup, data)) for name, data in samples.items()]
            )
        except UnfitSample as error:
            raise UnfitSample(error.message, field=where) from None

    async def names(self, project_id: UUID, job_id: UUID, voices: Sequence[NamedVoice]) -> dict[str, str]:
        """The names of those speakers of the job whose voices are certain, by their labels."""
        diarization = await self.spoken(project_id, job_id)
        if diarization is None:
            return {}
        known = [
            Known(new_id(), one.name, one.voice.encoder, np.asarray(one.voice.embedding, dtype=np.float32))
            for one in voices
        ]
        found = identified(diarization, known, self._certainty)
        return {one.speaker: one.name for one in found.speakers if one.name is not None}

    async def spoken(self, project_id: UUID, job_id: UUID) -> Diarization | None:
        """The job's diarization with the voices of its speakers, which are heard anew: they are kept nowhere.

        None where nobody speaks, or the job has no recording any more.
        """
        kept = await self._jobs.artifact(project_id, job_id, _DIARIZATION)
        diarization = await asyncio.to_thread(read_diarization, await self._jobs.read(kept))
        media_id = (await self._jobs.get(project_id, job_id)).job.media_id
        if media_id is None or not diarization.turns:
            return None
        return replace(diarization, voices=await self._voices_of(project_id, media_id, diarization))

    async def _setup(self) -> EngineSetup:
        return await asyncio.to_thread(self._chooser.setup_for, Capability.VOICE_ENCODER)

    async def _only_voice(self, setup: EngineSetup, data: bytes) -> Voice:
        wav = await self._decoded(data)
        async with self._as_file(wav) as sound:
            seconds = await asyncio.to_thread(_seconds_of, sound)
            _require_length(seconds)
            voice = await self._host.encode_voice(setup, sound, [Stretch(0.0, seconds)])
        if voice is None:
            raise UnfitSample("Nobody speaks long enough in one of the samples.")
        return voice

    async def _decoded(self, data: bytes) -> bytes:
        async with self._as_file(data) as sample:
            try:
                # A little more than is taken: what is longer shows, and no more of it is decoded.
                return await self._media.excerpt_of_file(sample, "A sample", [(0.0, LONGEST_SECONDS + 1)])
            except (NoSound, NotMedia) as error:
                raise UnfitSample(error.message) from None

    async def _voices_of(
        self, project_id: UUID, media_id: UUID, diarization: Diarization
    ) -> tuple[SpeakerVoice, ...]:
        alone = {
            speaker: stretches_alone(diarization.turns, speaker, diarization.duration_seconds)
            for speaker in dict.fromkeys(turn.speaker for turn in diarization.turns)
        }
        spans = [(one.start_seconds, one.end_seconds) for pieces in alone.values() for one in pieces]
        media = await self._media.get(project_id, media_id)
        setup = await self._setup()
        voices, at = [], 0.0
        async with self._as_file(await self._media.excerpt(media, spans)) as sound:
            for speaker, pieces in alone.items():
                # The excerpt holds the pieces of all speakers, one after another.
                heard = Stretch(at, at + seconds_in(pieces))
                at = heard.end_seconds
                voice = await self._host.encode_voice(setup, sound, [heard]) if pieces else None
                encoder, embedding = (voice.encoder, voice.embedding) if voice else (None, None)
                voices.append(SpeakerVoice(speaker, heard.seconds, encoder, embedding))
        return tuple(voices)

    @asynccontextmanager
    async def _as_file(self, data: bytes) -> AsyncIterator[Path]:
        await asyncio.to_thread(self._scratch.mkdir, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            path = Path(folder) / "sound"
            await asyncio.to_thread(path.write_bytes, data)
            yield path


def stretches_alone(turns: Sequence[SpeakerTurn], speaker: str, end_seconds: float) -> list[Stretch]:
    """Where nobody else speaks, the longest first, and no more than a voice needs."""
    others = [turn for turn in turns if turn.speaker != speaker]
    alone = [
        piece for turn in turns if turn.speaker == speaker for piece in _without(turn, others, end_seconds)
    ]
    enough: list[Stretch] = []
    for piece in sorted(alone, key=lambda one: (-one.seconds, one.start_seconds)):
        left = _ENOUGH_SECONDS - seconds_in(enough)
        if left <= 0:
            break
        enough.append(Stretch(piece.start_seconds, min(piece.end_seconds, piece.start_seconds + left)))
    return enough


def seconds_in(stretches: Sequence[Stretch]) -> float:
    """Of all together."""
    return sum(one.seconds for one in stretches)


def _without(turn: SpeakerTurn, others: Sequence[SpeakerTurn], end_seconds: float) -> list[Stretch]:
    """What of a turn no other lies on."""
    pieces: list[Stretch] = []
    start, end = turn.start_seconds, min(turn.end_seconds, end_seconds)
    for other in others:
        if other.end_seconds <= start or other.start_seconds >= end:
            continue
        if other.start_seconds > start:
            pieces.append(Stretch(start, other.start_seconds))
        start = max(start, other.end_seconds)
    return [*pieces, Stretch(start, end)] if start < end else pieces


def _seconds_of(sound: Path) -> float:
    with SoundFile(sound) as file:
        return file.duration_seconds


def _require_length(seconds: float) -> None:
    if seconds < SHORTEST_SECONDS - _ROUNDING_SECONDS:
        raise UnfitSample(f"A sample lasts {seconds:.1f} s; send one of at least {SHORTEST_SECONDS:g} s.")
    if seconds > LONGEST_SECONDS + _ROUNDING_SECONDS:
        raise UnfitSample(f"A sample is longer than {LONGEST_SECONDS:g} s; send its best part.")
