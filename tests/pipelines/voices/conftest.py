"""An installation in which a tone is a voice, with a server to ask and a worker that holds meetings."""

import asyncio
import gzip
import io
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import numpy as np
import pytest
from sqlalchemy import update
from tests.accounts.belongings import rows_with

from surtitle.api.app import create_app
from surtitle.bootstrap.api import services_of
from surtitle.bootstrap.installation import Installation, opened
from surtitle.bootstrap.worker import work
from surtitle.clock import utc_now
from surtitle.config import EngineSettings, JobSettings, Settings
from surtitle.db.job_models import JobStep
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.db.voice_models import Consent

FAKES = Path(__file__).resolve().parents[2] / "fakes"
RATE_HZ = 16_000
ANA, BEN, CLEO = 300, 500, 700
"""Their pitches."""

TALK = ((ANA, 5), (BEN, 5), (ANA, 5))
CONSENT = {"given_by": "Ben, in writing", "purpose": "names in minutes"}


def humming(*tones: tuple[int, int]) -> bytes:
    """A WAV of tones, each a pitch in Hz and its seconds, struck anew each second as a string is."""
    time = np.arange(RATE_HZ) / RATE_HZ
    second = np.exp(-5 * time)
    pieces = [np.tile(second * np.sin(2 * np.pi * pitch * time), seconds) for pitch, seconds in tones]
    pcm = np.rint(np.concatenate(pieces) * 20_000).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE_HZ)
        writer.writeframes(pcm.tobytes())
    return file.getvalue()


@dataclass
class Choir:
    """The installation and its API."""

    parts: Installation
    client: httpx.AsyncClient

    async def enrols(self, name: str, pitch: int, *, status: int = 201, **fields: Any) -> dict[str, Any]:
        form = {"name": name, "given_by": f"{name}, in writing", "purpose": "names in minutes", **fields}
        return await self.sends("/api/voices", humming((pitch, 5)), form, status)

    async def sends(self, path: str, clip: bytes, form: dict[str, str], status: int = 201) -> dict[str, Any]:
        answer = await self.client.post(path, data=form, files={"file": ("clip.wav", clip)})
        return _document(answer, status)

    async def asks(self, method: str, path: str, *, status: int = 200, **request: Any) -> dict[str, Any]:
        return _document(await self.client.request(method, path, **request), status)

    async def meets(self, *tones: tuple[int, int], **options: Any) -> dict[str, Any]:
        """A meeting that has ended: its job."""
        return await self.holds(humming(*tones), **options)

    async def holds(self, recording: bytes, **options: Any) -> dict[str, Any]:
        """The same of a file."""
        files = {"file": ("stand-up.wav", recording)}
        media = await self.asks("POST", "/api/media", files=files, status=201)
        wish = {"recipe": "meeting", "media_id": media["id"], "options": options}
        return await self.ends(await self.asks("POST", "/api/jobs", json=wish, status=202))

    async def ends(self, job: dict[str, Any]) -> dict[str, Any]:
        """What a worker makes of a job that waits."""
        stop = asyncio.Event()
        worker = asyncio.create_task(work(self.parts, stop))
        heard = (await self.parts.jobs.get(PERSONAL_PROJECT, UUID(job["id"]))).job.last_event
        async for _ in self.parts.jobs.follow(UUID(job["id"]), heard):
            pass
        stop.set()
        await worker
        ended = await self.asks("GET", f"/api/jobs/{job['id']}")
        assert ended["state"] == "succeeded", ended
        return ended

    async def takes_text(self, meeting: dict[str, Any], recipe: str = "subtitles") -> dict[str, Any]:
        """A job on the meeting's transcript, which waits."""
        wish = {"recipe": recipe, "transcript_id": meeting["transcript_id"]}
        return await self.asks("POST", "/api/jobs", json=wish, status=202)

    async def redoes(self, job: dict[str, Any], step: str) -> None:
        """Have an optional step done again, as if it had failed; nobody begins with it yet."""
        async with self.parts.database.writing() as session:
            mine = JobStep.job_id == UUID(job["id"]), JobStep.name == step
            await session.execute(update(JobStep).where(*mine).values(state="failed"))
        await self.asks("POST", f"/api/jobs/{job['id']}/steps/{step}/retry", status=202)

    async def file(self, job: dict[str, Any], name: str) -> Any:
        answer = await self.client.get(f"/api/jobs/{job['id']}/artifacts/{name}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def speakers(self, job: dict[str, Any]) -> list[str | None]:
        """Who speaks in the transcript, in order, each once."""
        text = await self.asks("GET", f"/api/transcripts/{job['transcript_id']}")
        return list(dict.fromkeys(segment["speaker"] for segment in text["document"]["segments"]))


def _document(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    document: dict[str, Any] = answer.json() if answer.content else {}
    return document


async def ends_consent(choir: Choir, voice_id: str, days_ago: float) -> None:
    async with choir.parts.database.writing() as session:
        over = utc_now() - timedelta(days=days_ago)
        await session.execute(
            update(Consent).where(Consent.voice_id == UUID(voice_id)).values(expires_at=over)
        )


async def left_of(choir: Choir, *traces: str) -> dict[str, list[str]]:
    """Rows and files in which one of `traces` stands."""
    found = await rows_with(choir.parts.database, [trace.lower() for trace in traces])
    root = choir.parts.store.local_root
    assert root is not None
    for path in (path for path in root.rglob("*") if path.is_file()):
        data = path.read_bytes()
        told = (gzip.decompress(data) if path.suffix == ".gz" else data).decode(errors="replace").lower()
        if any(trace.lower() in told for trace in traces):
            found.setdefault("files", []).append(str(path))
    return found


async def corrects(choir: Choir, meeting: dict[str, Any], speaker: str, name: str) -> None:
    """A person says who it was."""
    path = f"/api/transcripts/{meeting['transcript_id']}"
    text = await choir.asks("GET", path)
    theirs = [one["id"] for one in text["document"]["segments"] if one["speaker"] == speaker]
    operation = {"op": "set_segments", "segments": theirs, "speaker": name}
    wish = {"base_revision": text["shown_revision"], "operations": [operation]}
    await choir.asks("POST", f"{path}/revisions", json=wish, status=201)


@pytest.fixture
async def choir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Choir]:
    announce(tmp_path / "site", monkeypatch)
    settings = Settings(
        data_dir=tmp_path / "data",
        engines=EngineSettings(transcriber="dummy", diarizer="pitch", voice_encoder="pitch-encoder"),
        jobs=JobSettings(retry_delays_seconds=(0.05,), poll_seconds=0.05),
        _env_file=None,
    )
    async with opened(settings) as parts:
        transport = httpx.ASGITransport(app=create_app(services_of(parts)))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            yield Choir(parts, client)


def announce(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with the engines to which a tone is a voice, as pip would have installed it."""
    info = site / "some_engines-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: some-engines\nVersion: 1.0\n")
    engines = {
        "pitch": "PITCH_DIARIZER",
        "pitch-otherwise": "OTHER_DIARIZER",
        "pitch-encoder": "PITCH_ENCODER",
    }
    points = [f"{name} = pitch_engines:{spec}" for name, spec in engines.items()]
    (info / "entry_points.txt").write_text("\n".join(["[surtitle.engines]", *points]))
    for path in (FAKES, site):
        monkeypatch.syspath_prepend(str(path))
