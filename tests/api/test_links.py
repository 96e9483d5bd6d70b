"""Signed links: one file, for reading, until a moment."""

import logging
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlsplit
from uuid import UUID

import pytest
from sqlalchemy import update
from tests.api.installation import UNKNOWN_ID, Installation
from tests.api.test_problems import require_problem

from surtitle.clock import utc_now
from surtitle.db.account_models import Project
from surtitle.db.models import PERSONAL_PROJECT


async def linked(api: Installation, name: str = "subtitles.srt", **wish: int) -> tuple[str, str]:
    """A job's artifact and a link to it."""
    job = await api.start("subtitles", media_id=(await api.bring("séance.wav"))["id"])
    await api.finish()
    path = f"{job['links']['artifacts']}/{name}"
    answer = await api.client.post(f"{path}/link", json=wish or None)
    assert answer.status_code == 200, answer.text
    return path, answer.json()["url"]


def changed(url: str, **query: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?" + "&".join(
        f"{k}={v}" for k, v in {**dict(parse_qsl(parts.query)), **query}.items()
    )


async def test_a_link_opens_the_file_without_anything_else(api: Installation) -> None:
    path, url = await linked(api)
    assert url.startswith("http://localhost/files/")
    file = await api.client.get(path)
    async with api.served() as anybody:
        relative = url.removeprefix("http://localhost")
        answer = await anybody.get(relative)
        assert (answer.status_code, answer.content) == (200, file.content)
        assert answer.headers["content-disposition"] == file.headers["content-disposition"]
        part = await anybody.get(relative, headers={"Range": "bytes=2-5"})
        assert (part.status_code, part.content) == (206, file.content[2:6])
        head = await anybody.head(relative)
        assert (head.status_code, head.headers["content-length"]) == (200, str(len(file.content)))


async def test_a_link_says_until_when_it_works(api: Installation) -> None:
    path, _ = await linked(api)
    answer = (await api.client.post(f"{path}/link", json={"expires_in_seconds": 60})).json()
    left = datetime.fromisoformat(answer["expires_at"]) - datetime.now(UTC)
    assert 50 < left.total_seconds() <= 60


@pytest.mark.parametrize("seconds", [0, -1, 604801, 10**30, "soon", 1.5])
async def test_no_link_works_for_more_than_a_week(api: Installation, seconds: object) -> None:
    path, _ = await linked(api)
    answer = await api.client.post(f"{path}/link", json={"expires_in_seconds": seconds})
    require_problem(answer, 422, "invalid-request")


async def test_a_link_that_was_changed_opens_nothing(api: Installation) -> None:
    path, url = await linked(api)
    other = (await api.client.post(path.replace("subtitles.srt", "subtitles.vtt") + "/link")).json()["url"]
    expires = int(dict(parse_qsl(urlsplit(url).query))["expires"])
    forged = [
        changed(url, expires=str(expires + 1)),
        changed(url, signature="0" * 64),
        changed(url, signature=""),
        changed(url, signature=quote("é" * 30)),
        changed(url, signature=dict(parse_qsl(urlsplit(other).query))["signature"]),
        url.replace("subtitles.srt", "subtitles.vtt"),
        url.replace(urlsplit(url).path.split("/")[2], UNKNOWN_ID),
        url.replace(urlsplit(url).path.split("/")[2], urlsplit(other).path.split("/")[2]),
    ]
    for target in forged:
        problem = require_problem(await api.client.get(target), 403, "link-not-valid")
        assert "/link" in problem["detail"]


@pytest.mark.parametrize(
    "query", ["", "?expires=1", "?signature=a", "?expires=x&signature=a", "?expires=9e9&signature=a"]
)
async def test_half_a_link_is_told_what_is_missing(api: Installation, query: str) -> None:
    answer = await api.client.get(f"/files/{UNKNOWN_ID}/a.srt{query}")
    require_problem(answer, 422, "invalid-request")


async def test_a_link_cannot_be_used_to_write(api: Installation) -> None:
    _, url = await linked(api)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert (await api.client.request(method, url)).status_code == 405


async def test_a_link_ends_and_says_how_to_get_another(api: Installation) -> None:
    _, url = await linked(api)
    _, _, artifact_id, name = urlsplit(url).path.split("/")
    link = api.services.links.sign(UUID(artifact_id), name, -1)
    problem = require_problem(await api.client.get(link.path), 410, "link-expired")
    assert "surtitle artifacts reissue" in problem["detail"]


async def test_a_link_to_what_was_deleted_leads_nowhere(api: Installation) -> None:
    path, url = await linked(api)
    await api.client.delete(path.partition("/artifacts")[0])
    require_problem(await api.client.get(url), 404, "linked-file-gone")


async def test_a_link_into_an_archived_project_leads_nowhere(api: Installation) -> None:
    _, url = await linked(api)
    async with api.services.database.writing() as session:
        await session.execute(
            update(Project).where(Project.id == PERSONAL_PROJECT).values(archived_at=utc_now())
        )
    require_problem(await api.client.get(url), 404, "linked-file-gone")


@pytest.mark.parametrize("name", ["talk.wav", "a b?c#d%2Fé&signature=x.wav", "日本 🎬.wav"])
async def test_a_recording_has_links_too_whatever_its_name(api: Installation, name: str) -> None:
    media = await api.bring(name)
    answer = await api.client.post(f"/api/media/{media['id']}/link", json={"expires_in_seconds": 60})
    async with api.served() as anybody:
        sent = await anybody.get(answer.json()["url"].removeprefix("http://localhost"))
    assert sent.status_code == 200
    assert sent.headers["content-type"].startswith("audio/")
    assert len(sent.content) == media["size_bytes"]


async def test_no_link_to_what_is_not_there(api: Installation) -> None:
    path, _ = await linked(api)
    require_problem(await api.client.post(f"{path}x/link"), 404, "artifact-not-found")
    require_problem(await api.client.post(f"/api/media/{UNKNOWN_ID}/link"), 404, "media-not-found")


async def test_the_signature_never_reaches_the_log(
    api: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "surtitle")
    caplog.set_level(logging.DEBUG, "uvicorn")
    _, url = await linked(api)
    signature = dict(parse_qsl(urlsplit(url).query))["signature"]
    async with api.served() as anybody:
        await anybody.get(url.removeprefix("http://localhost"))
    lines = [record for record in caplog.records if record.name.partition(".")[0] in {"surtitle", "uvicorn"}]
    assert any("/files/" in record.getMessage() for record in lines)
    assert all(signature not in record.getMessage() for record in lines)
