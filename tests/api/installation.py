"""A whole installation on a temporary folder, with the worker's part played by the test itself."""

import asyncio
import socket
import wave
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import uvicorn
from fastapi import FastAPI
from tests.migrated import with_tables

from surtitle.api.app import create_app
from surtitle.api.services import Services
from surtitle.bootstrap.api import services_of
from surtitle.bootstrap.installation import Installation as Parts
from surtitle.bootstrap.installation import assembled
from surtitle.bootstrap.server import configured
from surtitle.config import MetricsSettings, Settings
from surtitle.db.engine import Database
from surtitle.db.job_models import Job
from surtitle.db.models import Media, StoredTranscript
from surtitle.domain.cues import CueSheet
from surtitle.domain.options import FilmJobOptions, Options, SubtitleOptions, TranscriptionOptions
from surtitle.domain.recipes import Recipe
from surtitle.domain.transcript import Origin, Segment, Transcript, Word
from surtitle.engines.models import ModelStore, probe_hardware
from surtitle.engines.registry import Capability, EngineRegistry
from surtitle.engines.writing import Writers
from surtitle.errors import Invalid
from surtitle.jobs.offer import Offer
from surtitle.jobs.owner import Owner
from surtitle.jobs.queue import Claim, Failure, JobQueue
from surtitle.jobs.work import JobWork
from surtitle.media.probe import Probe, require_sound
from surtitle.pipelines.film.checks import FilmChecks
from surtitle.pipelines.speech.choosing import SpeakerChooser
from surtitle.pipelines.subtitles import cues_json, make_cues, srt_document, vtt_document
from surtitle.transcripts.exports import txt_file
from surtitle.transcripts.publishing import publish
from surtitle.transcripts.schema import transcript_json
from surtitle.usage.quotas import Quotas

ORIGIN = Origin(engine="dummy", model="dummy", compute_type="int8", device="cpu")
UNKNOWN_ID = "01999999-0000-7000-8000-00000000dead"


def spoken(text: str) -> Transcript:
    """A transcript of one second a word."""
    words = tuple(
        Word(f"w{number}", word, float(number), number + 0.9, 0.9) for number, word in enumerate(text.split())
    )
    segment = Segment("s1", 0.0, words[-1].end_seconds, words, language="en")
    return Transcript(float(len(words)), "en", 0.99, ORIGIN, (segment,))


TRANSCRIPT = spoken("Ask not what your country can do for you.")
CUES: CueSheet = make_cues(TRANSCRIPT, SubtitleOptions())


def wav(seconds: float = 1.0, rate_hz: int = 8000) -> bytes:
    """A recording of a soft buzz."""
    file = BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate_hz)
        writer.writeframes(b"\x00\x08\x00\xf8" * int(seconds * rate_hz / 2))
    return file.getvalue()


@dataclass
class Installation:
    """The app and everything behind it."""

    settings: Settings
    services: Services
    queue: JobQueue
    app: FastAPI
    client: httpx.AsyncClient
    parts: Parts

    async def bring(self, name: str = "talk.wav", data: bytes | None = None) -> dict[str, Any]:
        answer = await self.client.post("/api/media", files={"file": (name, data or wav())})
        assert answer.status_code == 201, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def start(self, recipe: str = "transcript", **wish: Any) -> dict[str, Any]:
        media_id = wish.pop("media_id", None) or (await self.bring())["id"]
        answer = await self.client.post("/api/jobs", json={"recipe": recipe, "media_id": media_id, **wish})
        assert answer.status_code == 202, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def claim(self) -> Claim:
        claim = await self.queue.claim(Offer(), Owner.this_process())
        assert claim is not None
        return claim

    async def work_on(self, claim: Claim) -> JobWork:
        """The claimed job as a worker holds it."""
        async with self.services.database.reading() as session:
            job = await session.get_one(Job, claim.job_id)
            media = await session.get(Media, job.media_id) if job.media_id else None
        return JobWork(
            claim,
            job,
            media,
            database=self.services.database,
            store=self.services.store,
            hub=self.services.hub,
            settings=self.settings.jobs,
            quotas=Quotas(self.settings),
            scratch=self.settings.scratch_directory / "run",
        )

    async def finish(
        self, transcript: Transcript = TRANSCRIPT, more: Sequence[tuple[str, bytes, str]] = ()
    ) -> UUID:
        """Do the oldest queued job's work as the steps of its recipe would, with `more` files."""
        claim = await self.claim()
        work = await self.work_on(claim)
        for name, data, media_type in (*_files(work.job.recipe, transcript), *more):
            await work.save(name, data, media_type=media_type)
        await publish(work, transcript)
        for step in await work.steps():
            await work.end_step(step, 0.25)
        assert await self.queue.succeed(claim, {"text": transcript.text})
        return claim.job_id

    async def fail(self, kind: str = "no-sound", detail: str = "It holds no sound.") -> UUID:
        claim = await self.claim()
        assert await self.queue.fail(claim, Failure(kind, detail, passing=False))
        return claim.job_id

    @asynccontextmanager
    async def served(self) -> AsyncIterator[httpx.AsyncClient]:
        """The app behind a real server on loopback."""
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(configured(self.app, self.settings))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
            await asyncio.sleep(0.01)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False) as client:
                yield client
        finally:
            server.should_exit = True
            await serving
            listening.close()


def _files(recipe: str, transcript: Transcript) -> list[tuple[str, bytes, str]]:
    cues = make_cues(transcript, SubtitleOptions())
    files = [
        ("transcript.json", transcript_json(transcript), "application/json"),
        ("transcript.txt", txt_file(transcript, ""), "text/plain; charset=utf-8"),
    ]
    if recipe != "transcript":
        files += [
            ("cues.json", cues_json(cues), "application/json"),
            ("subtitles.srt", srt_document(cues).encode(), "application/x-subrip; charset=utf-8"),
            ("subtitles.vtt", vtt_document(cues).encode(), "text/vtt; charset=utf-8"),
        ]
    if recipe == "captioned-video":
        files.append(("captioned.mp4", b"\0\0\0 ftypisom" + bytes(range(256)) * 8, "video/mp4"))
    return files


def services_for(settings: Settings) -> Services:
    """The services as `bootstrap` builds them. Nothing is started or written yet."""
    return services_of(parts_for(settings))


def parts_for(settings: Settings) -> Parts:
    """The installation's parts. No model need be installed: of a job's wish, names alone are checked."""
    registry, manifest = EngineRegistry(settings.engines.plugin), ModelStore(settings).manifest
    speakers = SpeakerChooser(settings, registry, ModelStore(settings), probe_hardware(0))
    films = FilmChecks(settings.films, registry, Writers(settings.writing), speakers=speakers)

    def check(
        _recipe: Recipe, options: Options, recording: Media | None, _text: StoredTranscript | None
    ) -> None:
        if isinstance(options, FilmJobOptions):
            films(options, recording)
            return
        assert isinstance(options, TranscriptionOptions)
        registry.named(options.engine or settings.engines.transcriber, Capability.TRANSCRIBER)
        if options.model not in {"auto", *manifest.names()}:
            raise Invalid(f"There is no model {options.model!r}.", field="options.model")
        if recording is not None:
            require_sound(Probe.model_validate(recording.probe), options.audio_track)

    return assembled(settings, Database(settings.effective_database_url), check=check)


@asynccontextmanager
async def installed(data_dir: Path, **groups: Any) -> AsyncIterator[Installation]:
    """An installation in `data_dir`; `groups` are settings."""
    # Who scrapes twice in a moment wants to see what happened between.
    groups.setdefault("metrics", MetricsSettings(fresh_seconds=0))
    settings = Settings(data_dir=data_dir, _env_file=None, **groups)
    parts = parts_for(settings)
    await with_tables(parts.database)
    services = services_of(parts)
    app = create_app(services)
    transport = httpx.ASGITransport(app=app)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            yield Installation(settings, services, parts.queue, app, client, parts)
    finally:
        await services.scrape.close()
        await parts.engines.host.close()
        await parts.media.close()
        await parts.outgoing.close()
        await parts.notifications.transport.close()
        await parts.database.close()
