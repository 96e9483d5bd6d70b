"""Jobs on texts that people edited, by a real worker with the engine `dummy`."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import imageio_ffmpeg
import pytest

from surtitle.bootstrap.installation import Installation, opened
from surtitle.bootstrap.worker import work
from surtitle.config import EngineSettings, Settings
from surtitle.db.models import PERSONAL_PROJECT, Media
from surtitle.domain.jobs import EventType, JobState
from surtitle.errors import Invalid
from surtitle.jobs.acceptance import NewJob
from surtitle.jobs.service import JobDetail
from surtitle.media.service import MediaService
from surtitle.pipelines.job_documents import JobDocuments
from surtitle.pipelines.results import ResultService
from surtitle.transcripts.importing.service import TranscriptImports
from surtitle.transcripts.operations import ReplaceText

SRT = b"1\n00:00:00,500 --> 00:00:01,500\nHello there\n"


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    settings = Settings(
        data_dir=tmp_path / "data", engines=EngineSettings(transcriber="dummy"), _env_file=None
    )
    async with opened(settings) as installation:
        yield installation


@pytest.fixture
def film(tmp_path: Path) -> bytes:
    path = tmp_path / "talk.mp4"
    inputs = ["-f", "lavfi", "-i", "testsrc2=s=160x90:r=10:d=6", "-f", "lavfi", "-i", "sine=d=6"]
    program = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([program, "-loglevel", "error", *inputs, "-shortest", str(path)], check=True)
    return path.read_bytes()


async def brought(media: MediaService, film: bytes) -> Media:
    async def chunks() -> AsyncIterator[bytes]:
        yield film

    return await media.receive(PERSONAL_PROJECT, "talk.mp4", chunks(), content_length=len(film))


async def done(installation: Installation, recipe: str, **wish: object) -> JobDetail:
    """A job that a worker has run to its end."""
    media_id = wish.pop("media_id", None)
    assert media_id is None or isinstance(media_id, UUID)
    job = await installation.jobs.create(NewJob(PERSONAL_PROJECT, recipe, media_id, **wish))  # type: ignore[arg-type]
    stop = asyncio.Event()
    worker = asyncio.create_task(work(installation, stop))
    async for _ in installation.jobs.follow(job.id, 0):
        pass
    stop.set()
    await worker
    return await installation.jobs.get(PERSONAL_PROJECT, job.id)


async def result(installation: Installation, detail: JobDetail, wanted: str) -> bytes:
    documents = JobDocuments(installation.jobs, installation.media, installation.archive)
    results = ResultService(installation.jobs, installation.media, documents)
    file = await results.result(PERSONAL_PROJECT, detail.job.id, wanted)
    return b"".join([chunk async for chunk in file.open(0, file.size_bytes)])


async def test_a_captioned_video_follows_an_edit(installation: Installation, film: bytes) -> None:
    media = await brought(installation.media, film)
    first = await done(installation, "transcript", media_id=media.id)
    transcript_id = first.job.transcript_id
    assert transcript_id is not None
    wish = ReplaceText(op="replace_text", find="rehearsal", replace="première")
    await installation.transcripts.revise(PERSONAL_PROJECT, transcript_id, 1, [wish])

    again = await done(installation, "captioned-video", transcript_id=transcript_id)
    assert again.job.state == JobState.SUCCEEDED, again.job.error_detail
    assert (again.job.media_id, again.job.transcript_revision) == (media.id, 2)
    assert "première" in (await result(installation, again, "srt")).decode()
    assert (await result(installation, again, "mp4"))[4:8] == b"ftyp"
    events = [event async for event in installation.jobs.follow(again.job.id, 0)]
    deltas = "".join(event.data["text"] for event in events if event.type is EventType.DELTA)
    assert deltas == (await result(installation, again, "txt")).decode().strip()
    assert events[-1].data["transcript_id"] == str(transcript_id)

    original = await done(installation, "subtitles", transcript_id=transcript_id, revision=1)
    assert "rehearsal" in (await result(installation, original, "srt")).decode()
    transcripts = await installation.transcripts.list(PERSONAL_PROJECT, None, 10)
    assert [one.id for one in transcripts.items] == [transcript_id]


async def test_a_text_without_a_recording_makes_subtitles_but_no_video(installation: Installation) -> None:
    imports = TranscriptImports(installation.database, installation.store)
    stored = await imports.bring(PERSONAL_PROJECT, "talk.srt", SRT)
    made = await done(installation, "subtitles", transcript_id=stored.id)
    assert made.job.state == JobState.SUCCEEDED, made.job.error_detail
    assert b"Hello there" in await result(installation, made, "srt")
    assert made.text_name == "talk.srt"
    wish = NewJob(PERSONAL_PROJECT, "captioned-video", None, transcript_id=stored.id)
    with pytest.raises(Invalid, match="no recording to put captions on") as refused:
        await installation.jobs.create(wish)
    assert refused.value.fields["field"] == "media_id"


async def test_a_job_whose_text_was_deleted_fails_with_a_reason(installation: Installation) -> None:
    imports = TranscriptImports(installation.database, installation.store)
    stored = await imports.bring(PERSONAL_PROJECT, "talk.srt", SRT)
    wish = NewJob(PERSONAL_PROJECT, "subtitles", None, transcript_id=stored.id)
    job = await installation.jobs.create(wish)
    await installation.jobs.cancel(PERSONAL_PROJECT, job.id)
    await installation.transcripts.delete(PERSONAL_PROJECT, stored.id)
    await installation.jobs.retry(PERSONAL_PROJECT, job.id)
    stop = asyncio.Event()
    worker = asyncio.create_task(work(installation, stop))
    async for _ in installation.jobs.follow(job.id, 0):
        pass
    stop.set()
    await worker
    ended = (await installation.jobs.get(PERSONAL_PROJECT, job.id)).job
    assert (ended.state, ended.error_kind) == (JobState.FAILED, "not-found")
    assert "was deleted" in (ended.error_detail or "")
