"""One installation for each test, and recordings to bring there."""

import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import imageio_ffmpeg
import pytest
from tests.api.installation import Installation, installed

from surtitle.config import ServerSettings


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(tmp_path / "data") as installation:
        yield installation


@pytest.fixture
async def exposed(tmp_path: Path) -> AsyncIterator[Installation]:
    """An installation that asks everybody who they are."""
    async with installed(tmp_path / "data", server=ServerSettings(auth="required")) as installation:
        yield installation


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Ten seconds of a small picture with sound."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error",
            "-f", "lavfi", "-i", "testsrc=size=320x180:rate=10:duration=10",
            "-f", "lavfi", "-i", "sine=frequency=300:duration=10",
            "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-shortest", str(path),
        ],
        check=True,
    )  # fmt: skip
    return path.read_bytes()


@pytest.fixture(scope="session")
def silent_film(film: bytes, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The same picture without a sound track."""
    folder = tmp_path_factory.mktemp("silent")
    (folder / "film.mp4").write_bytes(film)
    subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(folder / "film.mp4"),
            "-an", "-c", "copy", str(folder / "silent.mp4"),
        ],
        check=True,
    )  # fmt: skip
    return (folder / "silent.mp4").read_bytes()
