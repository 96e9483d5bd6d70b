"""An installation whose worker runs whole meetings with made-up engines."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from surtitle.bootstrap.installation import Installation, opened
from surtitle.bootstrap.worker import work
from surtitle.config import EngineSettings, JobSettings, Settings, WritingSettings
from surtitle.db.account_models import UsageEntry
from surtitle.db.job_models import Artifact
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.jobs.acceptance import NewJob
from surtitle.jobs.service import JobDetail
from surtitle.pipelines.job_documents import JobDocuments
from surtitle.pipelines.results import ResultService
from surtitle.usage.kinds import UsageKind

FAKES = Path(__file__).resolve().parents[2] / "fakes"


@dataclass
class Meetings:
    """Meetings of soft buzz; of the faults in `fault` see `tests/fakes/fake_diarizer.py`."""

    installation: Installation
    fault: Path

    async def accept(self, seconds: float = 20.0, channels: int = 1, **options: Any) -> JobDetail:
        data = wav(seconds, channels)
        media = await self.installation.media.receive(
            PERSONAL_PROJECT, "stand-up.wav", _chunks(data), content_length=len(data)
        )
        wish = NewJob(PERSONAL_PROJECT, "meeting", media.id, options)
        job = await self.installation.jobs.create(wish)
        return await self.detail(job.id)

    async def hold(self, **wish: Any) -> JobDetail:
        """A meeting that has ended."""
        return await self.run(await self.accept(**wish))

    async def run(self, detail: JobDetail) -> JobDetail:
        """What a worker makes of the job."""
        stop = asyncio.Event()
        worker = asyncio.create_task(work(self.installation, stop))
        async for _ in self.installation.jobs.follow(detail.job.id, detail.job.last_event):
            pass
        stop.set()
        await worker
        return await self.detail(detail.job.id)

    async def detail(self, job_id: Any) -> JobDetail:
        return await self.installation.jobs.get(PERSONAL_PROJECT, job_id)

    async def state_of(self, detail: JobDetail, name: str) -> str:
        """Of the step called `name`, now."""
        return next(step.state for step in (await self.detail(detail.job.id)).steps if step.name == name)

    async def file(self, detail: JobDetail, wanted: str | None) -> bytes:
        parts = self.installation
        documents = JobDocuments(parts.jobs, parts.media, parts.archive)
        results = ResultService(parts.jobs, parts.media, documents)
        file = await results.result(PERSONAL_PROJECT, detail.job.id, wanted)
        return b"".join([chunk async for chunk in file.open(0, file.size_bytes)])

    async def working_files(self, detail: JobDetail) -> list[str]:
        """The rows of artifacts that are for the job alone."""
        async with self.installation.database.reading() as session:
            rows = await session.scalars(
                select(Artifact.name).where(Artifact.job_id == detail.job.id, Artifact.kind != "result")
            )
            return list(rows)

    async def used_seconds(self) -> float:
        """Of recordings, as the account of the project says."""
        async with self.installation.database.reading() as session:
            kind = UsageEntry.kind == UsageKind.AUDIO_SECONDS
            return await session.scalar(select(func.sum(UsageEntry.amount)).where(kind)) or 0.0

    async def artifact(self, detail: JobDetail, name: str) -> bytes:
        kept = await self.installation.jobs.artifact(PERSONAL_PROJECT, detail.job.id, name)
        return await self.installation.jobs.read(kept)


@pytest.fixture
def fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "fault"
    monkeypatch.setenv("FAKE_DIARIZER_FAULT", str(path))
    return path


@pytest.fixture
def writing() -> WritingSettings:
    """Nobody writes; tests with a language model have their own."""
    return WritingSettings()


@pytest.fixture
async def meetings(
    tmp_path: Path, fault: Path, writing: WritingSettings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Meetings]:
    _announce(tmp_path / "site", monkeypatch)
    settings = Settings(
        data_dir=tmp_path / "data",
        engines=EngineSettings(transcriber="dummy", diarizer="in-turn"),
        jobs=JobSettings(retry_delays_seconds=(0.05,), poll_seconds=0.05),
        writing=writing,
        _env_file=None,
    )
    async with _opened(settings, fault) as found:
        yield found


@asynccontextmanager
async def _opened(settings: Settings, fault: Path) -> AsyncIterator[Meetings]:
    async with opened(settings) as installation:
        yield Meetings(installation, fault)


def _announce(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with the made-up diarizer, as pip would have installed it."""
    info = site / "some_engines-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: some-engines\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[surtitle.engines]\nin-turn = fake_diarizer:IN_TURN\n")
    for path in (FAKES, site):
        monkeypatch.syspath_prepend(str(path))


def wav(seconds: float, channels: int = 1) -> bytes:
    """A soft buzz, the same on all channels."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes((b"\x00\x08" * channels + b"\x00\xf8" * channels) * int(seconds * 4000))
    return file.getvalue()


async def _chunks(data: bytes) -> AsyncIterator[bytes]:
    yield data
