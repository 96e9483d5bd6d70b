"""Voices that a request brings along: compared with the speakers of one recording, and kept nowhere."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

import numpy as np

from surtitle.db.models import Media
from surtitle.domain.speakers import (
    DIARIZATION_JSON,
    Diarization,
    SpeakerTurn,
    SpeakerVoice,
    Voice,
    read_diarization,
)
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
from surtitle.pipelines.voices.stretches import alone, longest, seconds_in

# What OpenAI takes, going by its answers; its documents say 2 to 10 seconds.
SHORTEST_SECONDS = 1.2
LONGEST_SECONDS = 10.0

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
        found = await asyncio.to_thread(identified, diarization, known, self._certainty)
        return {one.speaker: one.name for one in found.speakers if one.name is not None}

    async def spoken(self, project_id: UUID, job_id: UUID) -> Diarization | None:
        """The job's diarization with the voices of its speakers, which are heard anew: they are kept nowhere.

        None where nobody speaks, or the job has no recording any more.
        """
        kept = await self._jobs.artifact(project_id, job_id, DIARIZATION_JSON)
        diarization = await asyncio.to_thread(read_diarization, await self._jobs.read(kept))
        job = (await self._jobs.get(project_id, job_id)).job
        if job.media_id is None or not diarization.turns:
            return None
        media = await self._media.get(project_id, job.media_id)
        voices = await self._voices_of(media, job.options.get("audio_track"), diarization)
        return replace(diarization, voices=voices)

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
        self, media: Media, track: int | None, diarization: Diarization
    ) -> tuple[SpeakerVoice, ...]:
        # Of hours there are thousands of turns to go through.
        by_speaker = await asyncio.to_thread(_alone_by_speaker, diarization)
        spans = [(one.start_seconds, one.end_seconds) for pieces in by_speaker.values() for one in pieces]
        if not spans:
            return tuple(SpeakerVoice(speaker, 0.0) for speaker in by_speaker)
        setup = await self._setup()
        voices, at = [], 0.0
        async with self._as_file(await self._media.excerpt(media, spans, track)) as sound:
            for speaker, pieces in by_speaker.items():
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


def _alone_by_speaker(diarization: Diarization) -> dict[str, list[Stretch]]:
    """For each speaker, by the order in which they are first heard, as much as a voice needs."""
    end = diarization.duration_seconds
    turns = [
        replace(turn, end_seconds=min(turn.end_seconds, end))
        for turn in diarization.turns
        if turn.start_seconds < end
    ]
    return {speaker: _alone(speaker, turns) for speaker in dict.fromkeys(turn.speaker for turn in turns)}


def _alone(speaker: str, turns: Sequence[SpeakerTurn]) -> list[Stretch]:
    mine = [turn for turn in turns if turn.speaker == speaker]
    others = [turn for turn in turns if turn.speaker != speaker]
    return longest(alone(mine, others), _ENOUGH_SECONDS)


def _seconds_of(sound: Path) -> float:
    with SoundFile(sound) as file:
        return file.duration_seconds


def _require_length(seconds: float) -> None:
    if seconds < SHORTEST_SECONDS - _ROUNDING_SECONDS:
        raise UnfitSample(f"A sample lasts {seconds:.1f} s; send one of at least {SHORTEST_SECONDS:g} s.")
    if seconds > LONGEST_SECONDS + _ROUNDING_SECONDS:
        raise UnfitSample(f"A sample is longer than {LONGEST_SECONDS:g} s; send its best part.")
