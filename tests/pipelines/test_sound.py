"""How long a recording is, by its sound and not by its header."""

from hashlib import sha256
from pathlib import Path

import pytest
from tests.jobs.table import JobTable, opened_table
from tests.pipelines.understated import understated
from tests.usage.ledger import entries, limit, states

from surtitle.config import ServerSettings
from surtitle.db.models import PERSONAL_PROJECT, Media
from surtitle.domain.options import TranscriptJobOptions
from surtitle.jobs.queue import Claim
from surtitle.media.probing import examine
from surtitle.pipelines.sound import decoded_sound
from surtitle.pipelines.step import StepContext
from surtitle.usage.errors import MinutesUsedUp


async def brought(table: JobTable, path: Path) -> Media:
    media = Media(
        project_id=PERSONAL_PROJECT, name=path.name, object_key=f"media/{path.name}", content_type="audio/x",
        size_bytes=path.stat().st_size, sha256=sha256(path.read_bytes()).hexdigest(),
        duration_seconds=examine(path).duration_seconds, probe={},
    )  # fmt: skip
    await table.store.put_file(media.object_key, path)
    async with table.database.writing() as session:
        session.add(media)
    return media


async def hear(table: JobTable, media: Media, folder: Path) -> Claim:
    """Begin the oldest job on the recording as a step does that listens."""
    work = await table.work(await table.claim())
    work.media, work.scratch = media, folder
    folder.mkdir()
    await decoded_sound(
        StepContext(work, "transcription", TranscriptJobOptions(), 0.0, 1.0, cursor=None), None
    )
    return work.claim


async def test_a_job_uses_the_minutes_that_it_hears(tmp_path: Path) -> None:
    async with opened_table(tmp_path / "jobs", server=ServerSettings(auth="required")) as table:
        await limit(table.database, minutes_a_month=1.5)
        media = await brought(table, understated(tmp_path, 80))
        job = await table.add(media_id=media.id)
        claim = await hear(table, media, tmp_path / "first")
        assert ("audio_seconds", 80.0, "reserved") in await entries(table.database)
        assert (await table.job(job.id)).media_seconds == 80.0
        assert await table.queue.succeed(claim, {})
        assert await states(table.database, job.id) == ["settled"]
        await table.add(media_id=media.id)
        with pytest.raises(MinutesUsedUp, match=r"used 1\.35 of its 1\.5"):
            await hear(table, media, tmp_path / "second")
