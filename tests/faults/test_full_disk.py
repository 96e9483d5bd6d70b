"""A disk that fills up while a job writes: the job fails with a reason, and the service lives on."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.server import Server
from tests.spoken import ffmpeg

DISK_MIB = 40


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    size = f"size={DISK_MIB}m"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(place)], check=False)
    if mounted.returncode != 0:
        pytest.skip("mounting a small disk needs root")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def half_an_hour(tmp_path: Path) -> Path:
    """2 MB as an mp3, 58 MB once it is decoded: more than the disk holds."""
    path = tmp_path / "long.mp3"
    ffmpeg("-f", "lavfi", "-i", "sine=frequency=300:duration=1800", "-b:a", "8k", "-ar", "16000", str(path))
    return path


def test_a_job_that_fills_the_disk_fails_and_the_next_one_works(
    disk: Path, half_an_hour: Path, tmp_path: Path
) -> None:
    short = tmp_path / "short.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=frequency=300:duration=5", str(short))
    settings = {
        "SURTITLE_LIMITS__FREE_DISK_BYTES": "0",
        "SURTITLE_ENGINES__TRANSCRIBER": "dummy",
        "SURTITLE_JOBS__RETRY_DELAYS_SECONDS": json.dumps([0.1, 0.1, 0.1]),
    }
    with Server(disk / "data", **settings) as server:
        job = server.wait(server.begin(recipe="subtitles", media_id=server.upload(half_an_hour)))
        assert (job["state"], job["error"]["type"]) == ("failed", "storage-full")
        assert "Free disk space" in job["error"]["detail"]
        assert list((disk / "data" / "scratch").glob("*/*")) == []
        after = server.wait(server.begin(recipe="subtitles", media_id=server.upload(short)))
        assert after["state"] == "succeeded"


def test_an_upload_that_does_not_fit_is_refused_and_keeps_nothing(disk: Path, tmp_path: Path) -> None:
    big = tmp_path / "big.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=frequency=300:duration=600", "-ar", "44100", str(big))
    assert big.stat().st_size > DISK_MIB * 1024 * 1024
    settings = {"SURTITLE_LIMITS__FREE_DISK_BYTES": "0", "SURTITLE_ENGINES__TRANSCRIBER": "dummy"}
    with Server(disk / "data", **settings) as server:
        with big.open("rb") as file:
            answer = httpx.post(f"{server.url}/api/media", files={"file": ("big.wav", file)}, timeout=60)
        assert answer.status_code == httpx.codes.INSUFFICIENT_STORAGE
        assert answer.headers["content-type"] == "application/problem+json"
        assert [path for path in (disk / "data" / "files").rglob("*") if path.is_file()] == []
        assert httpx.get(f"{server.url}/health/live", timeout=10).status_code == httpx.codes.OK
