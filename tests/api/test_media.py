import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.api.installation import UNKNOWN_ID, Installation, installed, wav

from surtitle.config import LimitSettings


def files_in(api: Installation) -> list[Path]:
    root = api.services.store.local_root
    assert root is not None
    return [path for path in root.rglob("*") if path.is_file()]


async def test_a_recording_is_kept_and_described(api: Installation) -> None:
    answer = await api.client.post("/api/media", files={"file": ("talk.wav", wav(2.0))})
    media = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == media["links"]["self"]
    assert (media["name"], media["size_bytes"], media["duration_seconds"]) == ("talk.wav", 32044, 2.0)
    assert media["tracks"]["audio"][0]["sample_rate_hz"] == 8000
    assert (await api.client.get(media["links"]["self"])).json() == media


async def test_recordings_are_listed_in_pages(api: Installation) -> None:
    made = [(await api.bring(f"{number}.wav"))["id"] for number in range(3)]
    first = (await api.client.get("/api/media?limit=2")).json()
    second = (await api.client.get(f"/api/media?limit=2&cursor={first['next_cursor']}")).json()
    assert [media["id"] for media in first["items"] + second["items"]] == made[::-1]
    assert second["next_cursor"] is None


async def test_a_recording_comes_back_as_it_was_sent(api: Installation) -> None:
    sound = wav()
    media = await api.bring("talk.wav", sound)
    whole = await api.client.get(media["links"]["content"])
    assert whole.content == sound
    assert whole.headers["content-type"] == media["content_type"]
    assert whole.headers["content-disposition"].startswith("inline")
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in whole.headers["content-security-policy"]
    part = await api.client.get(media["links"]["content"], headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, sound[4:8])


async def test_the_waveform_is_made_for_the_asking(api: Installation) -> None:
    media = await api.bring("talk.wav", wav(2.0))
    peaks = (await api.client.get(media["links"]["peaks"])).json()
    assert peaks["length"] == 40


async def test_a_recording_that_a_job_uses_stays(api: Installation) -> None:
    job = await api.start()
    media = job["links"]["media"]
    refused = await api.client.delete(media)
    assert refused.status_code == 409
    assert job["id"] in refused.json()["detail"]
    await api.client.delete(job["links"]["self"])
    assert (await api.client.delete(media)).status_code == 204
    assert (await api.client.get(media)).status_code == 404
    assert files_in(api) == []


async def test_a_repeat_with_the_same_key_gives_the_same_recording(api: Installation) -> None:
    answers = [
        await api.client.post(
            "/api/media", files={"file": ("a.wav", wav())}, headers={"Idempotency-Key": "one"}
        )
        for _ in range(2)
    ]
    assert answers[0].json()["id"] == answers[1].json()["id"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"Dear diary, " * 100, "holds text"),
        (b"\x1f\x8b" + bytes(5000), "not sound or video"),
    ],
)
async def test_what_is_no_recording_is_refused_and_not_kept(
    api: Installation, content: bytes, told: str
) -> None:
    answer = await api.client.post("/api/media", files={"file": ("talk.mp4", content)})
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/not-media"
    assert told in answer.json()["detail"]
    assert files_in(api) == []


async def test_a_film_cut_short_is_told_as_such(api: Installation, film: bytes) -> None:
    answer = await api.client.post("/api/media", files={"file": ("film.mp4", film[: len(film) // 2])})
    assert answer.status_code == 422
    assert "cut short" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.wav", "passwd.wav"),
        ("a\0b.wav", "ab.wav"),
        ("line%0Abreak.wav", "linebreak.wav"),
        ("séance 🎬.wav", "séance 🎬.wav"),
        ("n" * 300 + ".wav", "n" * 251 + ".wav"),
    ],
)
async def test_hostile_names_do_no_harm(api: Installation, name: str, shown: str) -> None:
    # By hand: an HTTP client would make the worst of these harmless by itself.
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    sent = await api.client.post(
        "/api/media",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
        content=head.encode() + wav() + b"\r\n--x--\r\n",
    )
    assert sent.status_code == 201, sent.text
    assert sent.json()["name"] == shown
    answer = await api.client.get(sent.json()["links"]["content"])
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Type": "application/json"}, b"{}"),
        ({"Content-Type": "multipart/form-data"}, b"--x"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b""),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x\r\nContent-Disposition: form-data; na"),
        ({}, b""),
    ],
)
async def test_a_broken_form_is_told_as_such(api: Installation, headers: dict[str, str], body: bytes) -> None:
    answer = await api.client.post("/api/media", headers=headers, content=body)
    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/malformed-upload"


async def test_a_file_above_the_cap_is_stopped_early_and_not_kept(tmp_path: Path) -> None:
    limits = LimitSettings(upload_bytes=100_000)
    async with installed(tmp_path, limits=limits) as api, api.served() as client:
        sent = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
            for _ in range(2000):
                sent += 65536
                yield bytes(65536)
                await asyncio.sleep(0.001)

        with contextlib.suppress(httpx.WriteError, httpx.ReadError):
            answer = await client.post(
                "/api/media",
                content=endless(),
                headers={"Content-Type": "multipart/form-data; boundary=x"},
            )
            assert answer.status_code == 413
            assert answer.json()["limit_bytes"] == 100_000
        assert files_in(api) == []
        assert (await client.get("/health/live")).status_code == 200


async def test_a_file_that_says_it_is_too_large_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    async with installed(tmp_path, limits=LimitSettings(upload_bytes=1000)) as api, api.served() as client:
        answer = await client.post("/api/media", files={"file": ("a.wav", bytes(2_000_000))})
        assert answer.status_code == 413
        assert "1000 bytes" in answer.json()["detail"]


async def test_a_client_that_hangs_up_leaves_nothing(api: Installation) -> None:
    async with api.served() as client:
        sock = socket.create_connection((client.base_url.host, client.base_url.port or 80))
        head = (
            "POST /api/media HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
            'Content-Length: 9999999\r\n\r\n--x\r\nContent-Disposition: form-data; name="file"; '
            'filename="a.wav"\r\n\r\n'
        )
        sock.sendall(head.encode() + bytes(50_000))
        await asyncio.sleep(0.3)
        sock.close()
        await asyncio.sleep(0.3)
        assert files_in(api) == []
        assert (await client.get("/api/media")).json()["items"] == []


async def test_a_full_disk_is_told_and_the_service_lives(small_disk: Path) -> None:
    limits = LimitSettings(free_disk_bytes=0)
    async with installed(small_disk / "data", limits=limits) as api:
        answer = await api.client.post("/api/media", files={"file": ("a.wav", wav(600))})
        assert (answer.status_code, answer.headers["retry-after"]) == (507, "60")
        assert answer.json()["type"] == "/problems/storage-full"
        assert (await api.client.get("/api/media")).json()["items"] == []


@pytest.mark.parametrize("path", ["", "/content", "/peaks"])
async def test_unknown_media_is_not_found(api: Installation, path: str) -> None:
    answer = await api.client.get(f"/api/media/{UNKNOWN_ID}{path}")
    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/media-not-found"
