"""The OpenAPI document against the app: what schemathesis makes up from the one is sent to the other."""

import asyncio
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from pydantic import SecretStr
from schemathesis import Case
from schemathesis.checks import CheckFunction, negative_data_rejection, positive_data_acceptance
from schemathesis.filters import HasAPIOperation
from sqlalchemy import select
from tests.api.installation import Installation, installed, services_for
from tests.api.people import person

from surtitle.accounts.access import Role
from surtitle.api.app import create_app
from surtitle.config import AccountSettings, EngineSettings, LimitSettings, ServerSettings, Settings
from surtitle.db.job_models import Worker
from surtitle.db.time import epoch_now

BOUNDED = settings(
    max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)

FEW = settings(BOUNDED, max_examples=2)


@dataclass
class Server:
    """A running installation with one recording, one finished job and its transcript.

    `headers` are those of an administrator, where the installation asks who is calling.
    """

    url: str
    media_id: str
    job_id: str
    transcript_id: str
    headers: dict[str, str]


@dataclass
class Beside:
    """A server in a thread of its own, while schemathesis asks in the test's."""

    folder: Path
    film: bytes
    auth: str
    ready: list[Server] = field(default_factory=list)
    told: threading.Event = field(default_factory=threading.Event)
    stop: threading.Event = field(default_factory=threading.Event)

    async def serve(self) -> None:
        unlimited = LimitSettings(address_requests_a_minute=0, user_requests_a_minute=0)
        groups: dict[str, Any] = {"engines": EngineSettings(transcriber="dummy"), "limits": unlimited}
        groups["server"] = ServerSettings(auth=self.auth)
        groups["accounts"] = AccountSettings(password_passes=1, password_memory_kib=8)
        async with installed(self.folder, **groups) as api:
            await hire(api)
            if self.auth == "required":
                admin = await person(api, "admin@example.org", Role.ADMIN)
                api.client.headers.update(admin.headers)
            media = await api.bring("film.mp4", self.film)
            job = await api.start("captioned-video", media_id=media["id"])
            await api.finish()
            async with api.served() as client:
                transcript = (await api.client.get("/api/transcripts")).json()["items"][0]["id"]
                credentials = {
                    name: value for name, value in api.client.headers.items() if name == "authorization"
                }
                url = str(client.base_url)
                self.ready.append(Server(url, media["id"], job["id"], transcript, credentials))
                self.told.set()
                await asyncio.to_thread(self.stop.wait)


async def hire(api: Installation) -> None:
    """A worker that stays alive for as long as the tests take."""
    async with api.services.database.writing() as session:
        now = await session.scalar(select(epoch_now()))
        assert now is not None
        session.add(Worker(id="here/1/1", host="here", pid=1, queues=["cpu"], seen_epoch=now + 3600))


@contextmanager
def running(folder: Path, film: bytes, auth: str) -> Iterator[Server]:
    beside = Beside(folder, film, auth)
    thread = threading.Thread(target=lambda: asyncio.run(beside.serve()))
    thread.start()
    assert beside.told.wait(60)
    yield beside.ready[0]
    beside.stop.set()
    thread.join(30)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, film: bytes) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("contract"), film, "personal") as served:
        yield served


@pytest.fixture(scope="module")
def asking_server(tmp_path_factory: pytest.TempPathFactory, film: bytes) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("asking"), film, "required") as served:
        yield served


# tus has a name of its own for plain bytes.
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
# Only its routes are asked: nothing is opened or written.
UNUSED = Settings(
    database_url=f"sqlite+aiosqlite:///{tempfile.gettempdir()}/unused.db",
    storage_url="memory://",
    accounts=AccountSettings(secret_key=SecretStr("x" * 32)),
)
DOCUMENT = create_app(services_for(UNUSED)).openapi()
schema = schemathesis.openapi.from_dict(DOCUMENT)
# What a route has been asked thoroughly, it need not be asked again where it only answers that it is not for
# everybody; nor need methods be tried twice that a path does not have.
few_cases = schemathesis.openapi.from_dict(DOCUMENT)
few_cases.config.phases.coverage.enabled = False
known_methods = schemathesis.openapi.from_dict(DOCUMENT)
known_methods.config.phases.coverage.unexpected_methods = set()

_ACCOUNTS = re.compile(
    "users|projects|admin|invitations|keys|openid|token|"
    "register|login|setup|email/confirm|password-reset|unsubscribe"
)
# Those that end the caller would leave nobody to ask the rest.
_ENDING = re.compile(r"/(logout|end-all|password|second-factor.*|email)$|^/api/users/me$")


def of_accounts(context: HasAPIOperation) -> bool:
    """Whether an installation where people sign in is the one to ask."""
    path = context.operation.path
    return bool(_ACCOUNTS.search(path)) and not _ENDING.search(path)


def unknowable(case: Case[Any]) -> list[CheckFunction]:
    """Checks that no schema gives ground for. All others are made."""
    # Whether a file is a recording, or a job has a format: valid in form, and refused.
    checks: list[CheckFunction] = [positive_data_acceptance]
    if case.operation.path.startswith("/api/uploads"):
        # tus answers 412 to other versions of itself, and headers that nobody knows are no fault.
        checks.append(negative_data_rejection)
    return checks


@schema.exclude(of_accounts).parametrize()
@BOUNDED
def test_nothing_that_the_document_allows_or_forbids_surprises_the_app(
    case: Case[Any], server: Server
) -> None:
    case.call_and_validate(base_url=server.url, timeout=60, excluded_checks=unknowable(case))


@few_cases.include(of_accounts).parametrize()
@BOUNDED
def test_nothing_of_accounts_surprises_an_installation_without(case: Case[Any], server: Server) -> None:
    case.call_and_validate(base_url=server.url, timeout=60, excluded_checks=unknowable(case))


@known_methods.include(method="GET", path_regex="_id}").parametrize()
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
    case.call_and_validate(base_url=server.url, timeout=60, excluded_checks=excluded)


@few_cases.parametrize()
@FEW
def test_without_a_token_nothing_fails(case: Case[Any], asking_server: Server) -> None:
    case.call_and_validate(base_url=asking_server.url, timeout=60, excluded_checks=unknowable(case))


@schema.include(of_accounts).parametrize()
@BOUNDED
def test_with_an_administrators_token_nothing_fails(case: Case[Any], asking_server: Server) -> None:
    case.call_and_validate(
        base_url=asking_server.url,
        headers=asking_server.headers,
        timeout=60,
        excluded_checks=[*unknowable(case), negative_data_rejection],
    )
