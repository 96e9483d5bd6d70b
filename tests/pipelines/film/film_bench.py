"""A film's steps over a real job table, with a voice and an engine that keep their protocols."""

import wave
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import av
import numpy as np
from tests.jobs.table import JobTable

from surtitle.config import EngineSettings, FilmSettings, RenderingSettings, Settings, WritingSettings
from surtitle.db.models import PERSONAL_PROJECT, Media
from surtitle.domain.jobs import EventType
from surtitle.domain.options import TranscriptJobOptions
from surtitle.domain.recipes import StepName
from surtitle.domain.transcript import Origin, Segment, Stretch, Transcript, Word
from surtitle.engines.film_rules import rules_of
from surtitle.engines.host import EngineHost
from surtitle.engines.models import EngineChooser, ModelStore, probe_hardware
from surtitle.engines.registry import Capability, EngineRegistry
from surtitle.engines.writing import Writers
from surtitle.media.probing import examine
from surtitle.pipelines.film.checks import FilmChecks
from surtitle.pipelines.film.finish_step import FinishStep
from surtitle.pipelines.film.narration_step import NarrationStep
from surtitle.pipelines.film.picture_step import PictureStep
from surtitle.pipelines.film.script.scripting import Scripting
from surtitle.pipelines.film.script.step import ScriptStep
from surtitle.pipelines.runner import RecipeRunner
from surtitle.pipelines.speech.narration import Narration, OnProgress, WordTiming
from surtitle.pipelines.speech.speaking import Manner
from surtitle.pipelines.step import Step, StepContext
from surtitle.transcripts.schema import transcript_json

RATE_HZ = 8000
WORD_SECONDS = 0.25
SMALL = {"engine": "painted", "resolution": "360p", "fps": 8}


class HummingNarrator:
    """A quarter of a second of tone a word, without pauses."""

    async def narrate(
        self,
        text: Sequence[str],
        manner: Manner,
        language: str,
        output: Path,
        on_progress: OnProgress = lambda _fraction: None,
    ) -> Narration:
        words: list[Word] = []
        spans: list[Stretch] = []
        now = 0.0
        for passage in text:
            begin = now
            for said in passage.split():
                words.append(Word(f"w{len(words) + 1}", said, now, now + WORD_SECONDS))
                now += WORD_SECONDS
            spans.append(Stretch(begin, now))
        write_tone(output, now)
        return Narration(
            output, now, tuple(words), tuple(spans), language, "hum", manner.voice, WordTiming.ENGINE
        )


def write_tone(path: Path, seconds: float, pitch_hz: float = 220.0, level: float = 0.2) -> Path:
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    samples = (np.sin(2 * np.pi * pitch_hz * time) * level * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())
    return path


SPOKEN = "This memo was spoken by its owner."


class HearsTheMemo:
    """Writes a recording down as the step `transcription` does: a word every half second."""

    async def run(self, context: StepContext[Any]) -> None:
        assert isinstance(context.options, TranscriptJobOptions)
        assert context.work.media is not None
        words = tuple(
            Word(f"w{number}", word, number * 0.5, number * 0.5 + 0.4)
            for number, word in enumerate(SPOKEN.split())
        )
        segment = Segment("s1", 0.0, words[-1].end_seconds, words, "en", speaker="speaker_1")
        seconds = context.work.media.duration_seconds
        transcript = Transcript(seconds, "en", 0.9, Origin("dummy", "", "int8", "cpu"), (segment,))
        await context.work.save("transcript.json", transcript_json(transcript), media_type="application/json")


@dataclass
class FilmBench:
    """The runner of films, and what became of them."""

    table: JobTable
    host: EngineHost
    registry: EngineRegistry
    settings: Settings
    writing: WritingSettings = field(default_factory=WritingSettings)

    @classmethod
    def over(cls, table: JobTable, folder: Path, writing: WritingSettings | None = None) -> "FilmBench":
        registry = EngineRegistry()
        settings = Settings(data_dir=folder, _env_file=None)
        host = EngineHost(EngineSettings(), registry)
        return cls(table, host, registry, settings, writing or WritingSettings())

    @property
    def runner(self) -> RecipeRunner:
        writers, films, rendering = Writers(self.writing), FilmSettings(), RenderingSettings()
        checks = FilmChecks(films, self.registry, writers)
        chooser = EngineChooser(self.settings, self.registry, ModelStore(self.settings), probe_hardware(0))

        def rules(engine: str) -> Any:
            return rules_of(self.registry.named(engine, Capability.VIDEO_ENGINE))

        steps: dict[StepName, Step] = {
            StepName.SCRIPT: ScriptStep(Scripting(writers), checks.fitted, tries=1),
            StepName.NARRATION: NarrationStep(HummingNarrator(), HearsTheMemo(), rules),
            StepName.PICTURE: PictureStep(self.host, chooser, films, rendering),
            StepName.FINISH: FinishStep(self.registry, films, rendering),
        }
        return RecipeRunner(steps, tries=4)

    async def bring(self, path: Path) -> Media:
        """A recording or picture as an upload leaves it."""
        media = Media(
            project_id=PERSONAL_PROJECT, name=path.name, object_key=f"media/{path.name}",
            size_bytes=path.stat().st_size, sha256=sha256(path.read_bytes()).hexdigest(),
            content_type="audio/wav", duration_seconds=examine(path).duration_seconds,
            probe=examine(path).model_dump(mode="json"),
        )  # fmt: skip
        await self.table.store.put_file(media.object_key, path)
        async with self.table.database.writing() as session:
            session.add(media)
        return media

    async def order(self, media: Media | None = None, **options: Any) -> UUID:
        """A film job that waits."""
        media_id = media.id if media else None
        job = await self.table.add(recipe="film", media_id=media_id, options={**SMALL, **options})
        return job.id

    async def make(self, media: Media | None = None, **options: Any) -> tuple[UUID, dict[str, Any]]:
        """A film from order to end, and what its `completed` event tells."""
        job_id = await self.order(media, **options)
        claim = await self.table.claim()
        work = await self.table.work(claim)
        work.media = media
        work.scratch.mkdir(parents=True, exist_ok=True)
        told = await self.runner.run(work)
        assert await self.table.queue.succeed(claim, told)
        return job_id, told

    async def file(self, job_id: UUID, name: str) -> bytes:
        detail = await self.table.service.get(PERSONAL_PROJECT, job_id)
        artifact = next(one for one in detail.artifacts if one.name == name)
        return await self.table.service.read(artifact)

    async def warnings(self, job_id: UUID) -> list[str]:
        return [data["detail"] for kind, data in await self.table.events(job_id) if kind is EventType.WARNING]


def streams_of(path: Path) -> dict[str, Any]:
    """What a player would find in a film."""
    with av.open(path) as film:
        assert film.duration is not None
        video = film.streams.video[0]
        return {
            "seconds": film.duration / 1e6,
            "size": (video.width, video.height),
            "rate": float(video.average_rate or 0),
            "audio": [stream.codec_context.codec.canonical_name for stream in film.streams.audio],
            "captions": [stream.codec_context.codec.canonical_name for stream in film.streams.subtitles],
        }
