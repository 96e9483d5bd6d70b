import asyncio
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.jobs.table import QUICK, JobTable
from tests.servers.both import ON_BOTH

from surtitle.config import Settings
from surtitle.db.job_models import Job
from surtitle.db.models import PERSONAL_PROJECT, Media
from surtitle.jobs.acceptance import NewJob
from surtitle.jobs.awaited import AwaitedJobs, IncomingRecording
from surtitle.media.service import MediaService

pytestmark = ON_BOTH


@pytest.fixture
async def awaited(table: JobTable, tmp_path: Path) -> AsyncIterator[AwaitedJobs]:
    media = MediaService(table.database, table.store, Settings(data_dir=tmp_path, jobs=QUICK))
    await media.warm()
    yield AwaitedJobs(table.database, table.hub, table.service, media, QUICK)
    await media.close()


def tone(path: Path) -> bytes:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(8000))
    return path.read_bytes()


async def test_the_same_first_request_sent_many_times_at_once_is_one_job_on_one_recording(
    table: JobTable, awaited: AwaitedJobs, tmp_path: Path
) -> None:
    sound = tone(tmp_path / "tone.wav")

    async def send() -> object:
        async def chunks() -> AsyncIterator[bytes]:
            yield sound

        recording = IncomingRecording("tone.wav", chunks(), len(sound))
        wish = NewJob(PERSONAL_PROJECT, recipe="transcript", media_id=None, surface="openai")
        return await awaited.begin(PERSONAL_PROJECT, recording, lambda: wish, forever=False)

    begun = await asyncio.gather(*(send() for _ in range(8)))

    assert len(set(begun)) == 1
    async with table.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Job)) == 1
        # The table's own, and this one.
        assert await session.scalar(select(func.count()).select_from(Media)) == 2
