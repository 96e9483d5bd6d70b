"""A real server, and OpenAI's own client with nothing changed but where it calls."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from openai import AsyncOpenAI, OpenAI
from tests.api.installation import Installation
from tests.server import Server
from tests.spoken import speak

# No numbers and no words with two spellings: what is written is what must be heard.
TEXT = "Good morning, and welcome to the garden. The first tour begins after breakfast."


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("installation") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{server.url}/v1", api_key="any") as client:
        yield client


@pytest.fixture(scope="session")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some five seconds in which `TEXT` is spoken."""
    return speak(TEXT, tmp_path_factory.mktemp("talk") / "talk.wav")


@asynccontextmanager
async def calling(api: Installation, max_retries: int = 0) -> AsyncIterator[AsyncOpenAI]:
    """The client of an installation whose worker is played by the test."""
    async with (
        api.served() as http,
        AsyncOpenAI(
            base_url=str(http.base_url.join("/v1")), api_key="any", max_retries=max_retries
        ) as client,
    ):
        yield client
