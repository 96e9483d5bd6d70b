import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from tests.api.installation import UNKNOWN_ID, Installation

from surtitle.api.problems import explanations, install_handlers, status_of
from surtitle.api.traffic import Traffic
from surtitle.errors import (
    Busy,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    StorageFull,
    SurtitleError,
    TooLarge,
    Unavailable,
)
from surtitle.media.errors import ChecksumMismatch, MalformedUpload, UploadExpired, UploadLocked
from surtitle.observability.metrics import Metrics

JSON = {"Content-Type": "application/json"}


def require_problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["type"] == f"/problems/{slug}"
    assert problem["status"] == status
    assert problem["reference"] == answer.headers["x-request-id"]
    assert problem["detail"]
    return problem


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Invalid("x"), 422),
        (NotFound("x"), 404),
        (Conflict("x"), 409),
        (Forbidden("x"), 403),
        (TooLarge("x"), 413),
        (Busy("x"), 429),
        (StorageFull("x"), 507),
        (Unavailable("x"), 503),
        (SurtitleError("x"), 500),
        (MalformedUpload("x"), 400),
        (UploadExpired("x"), 410),
        (UploadLocked("x"), 423),
        (ChecksumMismatch(), 460),
    ],
)
def test_every_kind_has_its_status(error: SurtitleError, status: int) -> None:
    assert status_of(error) == status


def test_every_error_of_ours_is_explained() -> None:
    unexplained = [slug for slug, sentence in explanations().items() if not sentence]
    assert unexplained == []


async def test_a_problem_leads_to_its_explanation(api: Installation) -> None:
    problem = (await api.client.get("/api/jobs/01999999-0000-7000-8000-00000000dead")).json()
    explained = (await api.client.get(problem["type"])).json()
    assert explained["title"] == problem["title"] == "Job not found"
    require_problem(await api.client.get("/problems/nonsense"), 404, "not-found")


async def test_a_path_where_nothing_lives(api: Installation) -> None:
    require_problem(await api.client.get("/api/nonsense"), 404, "no-such-route")


async def test_a_method_that_a_path_does_not_take_is_told_with_those_that_it_does(api: Installation) -> None:
    answer = await api.client.put("/api/jobs")
    require_problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, POST"
    # Written out, it is no clip's id.
    learning = await api.client.put(f"/api/voices/{UNKNOWN_ID}/clips/from-speaker")
    assert learning.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        (b'{"recipe": ', 400, "malformed-json"),
        (b"\xff", 400, "bad-request"),
        (b"[" * 100_000, 400, "bad-request"),
        (b"[]", 422, "invalid-request"),
        (b"null", 422, "invalid-request"),
        (b"", 422, "invalid-request"),
        (b'{"recipe": "\\ud800", "media_id": 1}', 422, "invalid-request"),
        (b'{"recipe": "transcript", "options": {"\\ud800": NaN}}', 422, "invalid-request"),
    ],
)
async def test_bodies_that_are_no_wish(api: Installation, body: bytes, status: int, slug: str) -> None:
    require_problem(await api.client.post("/api/jobs", content=body, headers=JSON), status, slug)


async def test_an_option_named_by_half_a_character_is_refused_and_quoted(api: Installation) -> None:
    media_id = (await api.bring())["id"]
    body = f'{{"recipe": "transcript", "media_id": "{media_id}", "options": {{"\\ud800": 1}}}}'
    answer = await api.client.post("/api/jobs", content=body.encode(), headers=JSON)
    require_problem(answer, 422, "invalid")


async def test_json_in_the_wrong_clothes_is_told_what_to_wear(api: Installation) -> None:
    answer = await api.client.post("/api/jobs", content=b"{}", headers={"Content-Type": "text/plain"})
    assert "application/json" in require_problem(answer, 415, "unsupported-media-type")["detail"]


async def test_the_place_of_a_fault_is_told_and_its_content_is_not(api: Installation) -> None:
    huge = "secret" * 10_000
    answer = await api.client.post("/api/jobs", json={"recipe": "transcript", "media_id": huge, huge: 1})
    problem = require_problem(answer, 422, "invalid-request")
    assert problem["errors"][0]["pointer"] == "#/media_id"
    assert len(answer.content) < 3000
    query = await api.client.get("/api/jobs", params={"limit": "many"})
    assert require_problem(query, 422, "invalid-request")["errors"][0]["parameter"] == "limit"


async def test_a_body_above_the_limit_is_refused_by_what_arrives(api: Installation) -> None:
    limit = api.settings.limits.json_bytes

    async def more_than_it_says() -> AsyncIterator[bytes]:
        for _ in range(limit // 65536 + 2):
            yield b" " * 65536

    answer = await api.client.post("/api/jobs", content=more_than_it_says(), headers=JSON)
    problem = require_problem(answer, 413, "too-large")
    assert str(limit) in problem["detail"]
    just_within = b'{"recipe": "x", "media_id": "y"}'.ljust(limit)
    assert (await api.client.post("/api/jobs", content=just_within, headers=JSON)).status_code == 422


@pytest.fixture
async def faulty() -> AsyncIterator[httpx.AsyncClient]:
    """An app whose routes fail in ways that ours should not."""
    app = FastAPI()

    @app.get("/fault")
    async def fault() -> None:
        raise RuntimeError("password=hunter2")

    @app.get("/busy")
    async def busy() -> None:
        raise Busy("Too many at once.", retry_after_seconds=7, waiting=3)

    install_handlers(app)
    app.add_middleware(Traffic, metrics=Metrics())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        yield client


async def test_an_unforeseen_fault_is_logged_under_its_reference_and_tells_no_secret(
    faulty: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    answer = await faulty.get("/fault")
    problem = require_problem(answer, 500, "internal")
    assert "hunter2" not in answer.text
    assert "Traceback" not in answer.text
    assert "hunter2" in caplog.text
    assert problem["reference"] in caplog.text


async def test_a_busy_service_says_when_to_come_back(faulty: httpx.AsyncClient) -> None:
    answer = await faulty.get("/busy")
    assert require_problem(answer, 429, "busy")["waiting"] == 3
    assert answer.headers["retry-after"] == "7"


async def test_a_client_that_hangs_up_in_a_json_body_is_no_fault(
    api: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    async with api.served() as client:
        _, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
        writer.write(
            b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n{"
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        await asyncio.sleep(0.2)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
