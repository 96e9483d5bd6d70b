import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import imageio_ffmpeg
import pytest
import pytest_asyncio
from tests.media.streams import Make

from surtitle.config import LimitSettings, Settings
from surtitle.db.engine import Database
from surtitle.db.migrate import upgrade
from surtitle.media.service import MediaService
from surtitle.storage import ObjectStore, open_store


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A real file by ffmpeg: `make("a.wav", "-f", "lavfi", "-i", "sine")`."""

    def run(name: str, *arguments: str) -> Path:
        output = tmp_path / name
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", *arguments, str(output)]
        subprocess.run(command, check=True)
        return output

    return run


@pytest.fixture
def film(make: Make) -> Path:
    """Two seconds of moving picture and tone, MP4 with H.264 and AAC."""
    return make(
        "film.mp4", "-f", "lavfi", "-i", "testsrc=s=320x240:d=2:r=25",
        "-f", "lavfi", "-i", "sine=d=2:r=48000", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest",
    )  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path / "data", limits=LimitSettings(upload_bytes=4_000_000, free_disk_bytes=1_000_000)
    )


@pytest_asyncio.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    opened = Database(settings.effective_database_url)
    await upgrade(opened)
    yield opened
    await opened.close()


@pytest.fixture
def store(settings: Settings) -> ObjectStore:
    return open_store(settings)


@pytest_asyncio.fixture
async def service(database: Database, store: ObjectStore, settings: Settings) -> AsyncIterator[MediaService]:
    opened = MediaService(database, store, settings)
    yield opened
    await opened.close()
