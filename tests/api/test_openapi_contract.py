"""The OpenAPI document against the app: what schemathesis makes up from the one is sent to the other."""

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import CheckFunction, negative_data_rejection, positive_data_acceptance
from sqlalchemy import select
from tests.api.installation import Installation, assembled, installed

from surtitle.api.app import create_app
from surtitle.config import EngineSettings, Settings
from surtitle.db.models import Worker
from surtitle.db.time import epoch_now

BOUNDED = settings(
    max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)


@dataclass
class Server:
    """A running installation with one recording, one finished job and its transcript."""

    url: str
    media_id: str
    job_id: str
    transcript_id: str


async def serve(
    folder: Path, film: bytes, ready: "list[Server]", told: threading.Event, stop: threading.Event
) -> None:
    async with installed(folder, engines=EngineSettings(transcriber="dummy")) as api:
        await hire(api)
        media = await api.bring("film.mp4", film)
        job = await api.start("captioned-video", media_id=media["id"])
        await api.finish()
        async with api.served() as client:
            transcript = (await api.client.get("/api/transcripts")).json()["items"][0]["id"]
            ready.append(Server(str(client.base_url), media["id"], job["id"], transcript))
            told.set()
            await asyncio.to_thread(stop.wait)


async def hire(api: Installation) -> None:
    """A worker that stays alive for as long as the tests take."""
    async with api.services.database.writing() as session:
        now = await session.scalar(select(epoch_now()))
        assert now is not None
        session.add(Worker(id="here/1/1", host="here", pid=1, queues=["cpu"], seen_epoch=now + 3600))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, film: bytes) -> Iterator[Server]:
    ready: list[Server] = []
    told, stop = threading.Event(), threading.Event()
    folder = tmp_path_factory.mktemp("contract")
    thread = threading.Thread(target=lambda: asyncio.run(serve(folder, film, ready, told, stop)))
    thread.start()
    assert told.wait(60)
    yield ready[0]
    stop.set()
    thread.join(30)


# tus has a name of its own for plain bytes.
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
# Only its routes are asked: nothing is opened or written.
UNUSED = Settings(
    database_url=f"sqlite+aiosqlite:///{tempfile.gettempdir()}/unused.db", storage_url="memory://"
)
schema = schemathesis.openapi.from_dict(create_app(assembled(UNUSED)).openapi())


def unknowable(case: Case[Any]) -> list[CheckFunction]:
    """Checks that no schema gives ground for. All others are made."""
    # Whether a file is a recording, or a job has a format: valid in form, and refused.
    checks: list[CheckFunction] = [positive_data_acceptance]
    if case.operation.path.startswith("/api/uploads"):
        # tus answers 412 to other versions of itself, and headers that nobody knows are no fault.
        checks.append(negative_data_rejection)
    return checks


@schema.parametrize()
@BOUNDED
def test_nothing_that_the_document_allows_or_forbids_surprises_the_app(
    case: Case[Any], server: Server
) -> None:
    case.call_and_validate(base_url=server.url, timeout=20, excluded_checks=unknowable(case))


@schema.include(method="GET", path_regex="_id}").parametrize()
@BOUNDED
def test_what_is_told_of_real_jobs_and_media_is_as_documented(case: Case[Any], server: Server) -> None:
    known: dict[str, Any] = {
        "media_id": server.media_id,
        "job_id": server.job_id,
        "transcript_id": server.transcript_id,
        "word_id": "w1",
        "name": "transcript.json",
    }
    case.path_parameters = {
        name: known.get(name, value) for name, value in (case.path_parameters or {}).items()
    }
    # A path that was made wrong on purpose has just been put right.
    excluded = [*unknowable(case), negative_data_rejection]
    case.call_and_validate(base_url=server.url, timeout=20, excluded_checks=excluded)
