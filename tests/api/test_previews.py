"""Pictures of recordings: nothing that somebody sent is decoded in the server's own process."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import imageio_ffmpeg
import psutil
import pytest
from tests.api.installation import Installation

from surtitle.config import RenderingSettings
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.media.service import MediaService
from surtitle.pipelines.job_documents import JobDocuments
from surtitle.pipelines.previews import Previews
from surtitle.pipelines.rendering.errors import UnreadableVideo
from surtitle.processes import childs_memory_bytes


@pytest.fixture
async def media(api: Installation) -> AsyncIterator[MediaService]:
    """One whose children nobody has needed yet."""
    opened = MediaService(api.services.database, api.services.store, api.settings)
    yield opened
    await opened.close()


def previews(
    api: Installation, media: MediaService, rendering: RenderingSettings, seconds: float = 30.0
) -> Previews:
    documents = JobDocuments(api.parts.jobs, api.parts.media, api.parts.archive)
    settings = api.settings.model_copy(update={"rendering": rendering})
    return Previews(
        api.parts.jobs, documents, media, store=api.services.store, settings=settings, frame_seconds=seconds
    )


async def test_a_picture_is_looked_at_by_a_child(api: Installation, media: MediaService, film: bytes) -> None:
    await api.start(media_id=(await api.bring("film.mp4", film))["id"])
    job_id = await api.finish()
    picture = await previews(api, media, RenderingSettings()).frame(PERSONAL_PROJECT, job_id, 1.0)
    assert picture.startswith(b"\xff\xd8\xff")
    (child,) = media._examiner._idle
    assert psutil.Process(child.pid).rlimit(psutil.RLIMIT_DATA)[0] == childs_memory_bytes()


async def test_a_picture_that_is_never_done_is_given_up(
    api: Installation, media: MediaService, film: bytes, tmp_path: Path
) -> None:
    hanging = tmp_path / "ffmpeg"
    hanging.write_text(
        '#!/bin/sh\nfor word in "$@"; do [ "$word" = -progress ] && exec sleep 600; done\n'
        f'exec "{imageio_ffmpeg.get_ffmpeg_exe()}" "$@"\n'
    )
    hanging.chmod(0o755)
    await api.start(media_id=(await api.bring("film.mp4", film))["id"])
    job_id = await api.finish()
    hasty = previews(api, media, RenderingSettings(ffmpeg=hanging), seconds=4.0)
    began = time.monotonic()
    with pytest.raises(UnreadableVideo, match="longer than 4 seconds"):
        await hasty.frame(PERSONAL_PROJECT, job_id, 1.0)
    assert time.monotonic() - began < 30
