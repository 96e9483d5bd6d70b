"""Real servers with a worker, Debian's Chromium, and axe."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright
from tests.server import Server
from tests.spoken import film, speak
from tests.web.browser.looking import CHROMIUM, axe_script

WORDS = "Please remember to call the dentist tomorrow morning."

pytestmark = pytest.mark.models


@pytest.fixture(scope="session")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film in which `WORDS` are said."""
    folder = tmp_path_factory.mktemp("talk")
    return film(speak(WORDS, folder / "talk.wav"), folder / "talk <b>& co.mp4")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A personal installation."""
    folder = tmp_path_factory.mktemp("home") / "data"
    with Server(folder, SURTITLE_ENGINES__MODEL="whisper-base") as server:
        yield server


@pytest.fixture(scope="session")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One where people sign in."""
    cheap = {"SURTITLE_ACCOUNTS__PASSWORD_PASSES": "1", "SURTITLE_ACCOUNTS__PASSWORD_MEMORY_KIB": "8"}
    with Server(
        tmp_path_factory.mktemp("door") / "data", SURTITLE_SERVER__AUTH="required", **cheap
    ) as server:
        yield server


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium whose microphone plays a tone."""
    assert CHROMIUM, "apt-get install chromium"
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
        )
        yield started
        await started.close()


@pytest.fixture(scope="session")
def axe() -> str:
    return axe_script()
