"""A recording in; transcript, subtitles and captioned video out: over the real port, with real Whisper."""

import json
import re
import subprocess
from pathlib import Path

import av
import httpx
import numpy as np
import pytest
from tests.conftest import SHARED_MEDIA
from tests.e2e.conftest import TEXT
from tests.server import Server
from tests.spoken import ffmpeg

pytestmark = pytest.mark.models


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def result(server: Server, job_id: str, format_: str) -> httpx.Response:
    answer = httpx.get(f"{server.url}/api/jobs/{job_id}/result", params={"format": format_}, timeout=60)
    assert answer.status_code == httpx.codes.OK, answer.text
    return answer


@pytest.fixture(scope="module")
def captioned(server: Server, talk: Path) -> str:
    job_id = server.begin(recipe="captioned-video", media_id=server.upload(talk))
    assert server.wait(job_id)["state"] == "succeeded"
    return job_id


def test_every_word_is_heard(server: Server, captioned: str) -> None:
    assert words(result(server, captioned, "txt").text) == words(TEXT)


def test_cues_can_be_read(server: Server, captioned: str) -> None:
    cues = result(server, captioned, "srt").text.strip().split("\n\n")
    assert words(" ".join(line for cue in cues for line in cue.split("\n")[2:])) == words(TEXT)
    for cue in cues:
        lines = cue.split("\n")[2:]
        assert len(lines) <= 2
        assert all(len(line) <= 42 for line in lines)


def test_the_stream_told_the_text_once_and_the_end_once(server: Server, captioned: str) -> None:
    stream = httpx.get(f"{server.url}/api/jobs/{captioned}/events", timeout=60).text
    events = [
        dict(line.split(": ", 1) for line in block.split("\n")) for block in stream.strip().split("\n\n")
    ]
    deltas = "".join(json.loads(event["data"])["text"] for event in events if event.get("event") == "delta")
    assert deltas == result(server, captioned, "json").json()["text"]
    assert [event.get("event") for event in events].count("completed") == 1
    again = httpx.get(
        f"{server.url}/api/jobs/{captioned}/events", headers={"Last-Event-ID": events[-1]["id"]}, timeout=60
    )
    assert again.status_code == httpx.codes.NO_CONTENT


def test_the_captions_are_in_the_picture(server: Server, captioned: str, talk: Path, tmp_path: Path) -> None:
    made = tmp_path / "captioned.mp4"
    made.write_bytes(result(server, captioned, "mp4").content)
    before, after = picture(talk, 4.0), picture(made, 4.0)
    assert before.shape == after.shape
    changed = np.abs(before.astype(int) - after.astype(int)).max(axis=2) > 100
    rows = np.flatnonzero(changed.sum(axis=1) > 10)
    # Only the lower third holds letters.
    assert len(rows) > 10
    assert rows.min() > before.shape[0] * 0.6


def picture(path: Path, at_seconds: float) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if frame.time is not None and frame.time >= at_seconds:
                return frame.to_ndarray(format="rgb24").astype(np.uint8)
    raise AssertionError(f"{path} is shorter than {at_seconds} s")


def test_sound_is_copied_untouched(server: Server, captioned: str, talk: Path, tmp_path: Path) -> None:
    made = tmp_path / "captioned.mp4"
    made.write_bytes(result(server, captioned, "mp4").content)
    assert sound_packets(made) == sound_packets(talk)


def sound_packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


@pytest.mark.parametrize("format_", ["vtt", "ass", "tsv", "docx", "json"])
def test_every_format_can_be_had(server: Server, captioned: str, format_: str) -> None:
    assert len(result(server, captioned, format_).content) > 100


@pytest.mark.parametrize("container", ["mp4", "mkv"])
def test_soft_captions_carry_their_language(
    server: Server, talk: Path, tmp_path: Path, container: str
) -> None:
    options = {"video": {"captions": "soft", "container": container}}
    job_id = server.begin(recipe="captioned-video", media_id=server.upload(talk), options=options)
    assert server.wait(job_id)["state"] == "succeeded"
    made = tmp_path / f"soft.{container}"
    made.write_bytes(result(server, job_id, container).content)
    with av.open(str(made)) as opened:
        assert [stream.metadata.get("language") for stream in opened.streams.subtitles] == ["eng"]


def test_the_subtitle_apps_demo_script_works_unchanged(server: Server, talk: Path) -> None:
    def curl(*arguments: str) -> str:
        return subprocess.run(
            ["curl", "--silent", "--fail-with-body", *arguments], check=True, capture_output=True, text=True
        ).stdout

    job_id = json.loads(curl("-F", f"file=@{talk}", f"{server.url}/upload"))["job_id"]
    assert json.loads(curl(f"{server.url}/jobs/{job_id}/status"))["status"] == "uploaded"
    wish = ("-X", "POST", "-H", "Content-Type: application/json", "-d", '{"output_type":"text"}')
    curl(*wish, f"{server.url}/jobs/{job_id}/run")
    assert server.wait(job_id)["state"] == "succeeded"
    assert json.loads(curl(f"{server.url}/jobs/{job_id}/status"))["status"] == "completed"
    assert words(curl(f"{server.url}/jobs/{job_id}/result")) == words(TEXT)
    assert json.loads(curl(f"{server.url}/admin/metrics"))
    assert "surtitle_" in curl(f"{server.url}/metrics")


def test_a_running_job_is_cancelled_within_a_second_or_so(server: Server, talk: Path, tmp_path: Path) -> None:
    long = tmp_path / "long.mp3"
    ffmpeg("-stream_loop", "40", "-i", str(talk), "-vn", str(long))
    job_id = server.begin(recipe="transcript", media_id=server.upload(long))
    with httpx.stream("GET", f"{server.url}/api/jobs/{job_id}/events", timeout=120) as stream:
        heard = iter(stream.iter_lines())
        assert any(line == "event: delta" for line in heard)
        httpx.post(f"{server.url}/api/jobs/{job_id}/cancel", timeout=30)
        assert any('"cancelled"' in line for line in heard)
    assert server.job(job_id)["state"] == "cancelled"


def test_an_hour_of_silence_gives_an_empty_transcript(server: Server, tmp_path: Path) -> None:
    silence = tmp_path / "silence.flac"
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono", "-t", "3600", str(silence))
    job_id = server.begin(recipe="subtitles", media_id=server.upload(silence))
    assert server.wait(job_id)["state"] == "succeeded"
    assert result(server, job_id, "txt").text.strip() == ""
    assert result(server, job_id, "srt").text.strip() == ""
    assert result(server, job_id, "json").json()["segments"] == []


def test_a_tenth_of_a_second_is_no_fault(server: Server, tmp_path: Path) -> None:
    blip = tmp_path / "blip.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=frequency=440:duration=0.1", str(blip))
    job_id = server.begin(recipe="subtitles", media_id=server.upload(blip))
    assert server.wait(job_id)["state"] == "succeeded"
    assert result(server, job_id, "txt").text.strip() == ""


@pytest.mark.skipif(not SHARED_MEDIA.exists(), reason="real speech is not beside this clone")
def test_every_word_of_a_famous_sentence(server: Server) -> None:
    job_id = server.begin(recipe="transcript", media_id=server.upload(SHARED_MEDIA / "jfk.flac"))
    server.wait(job_id)
    assert words(result(server, job_id, "txt").text) == words(
        "And so, my fellow Americans, ask not what your country can do for you, "
        "ask what you can do for your country."
    )


def test_the_server_leaves_nothing_behind(server: Server) -> None:
    deadline = 100
    while deadline and any(server.family()["ffmpeg"]):
        deadline -= 1
    scratch = server.data_dir / "scratch"
    assert not scratch.exists() or [path for path in scratch.rglob("*") if path.is_file()] == []
