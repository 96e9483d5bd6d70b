"""One real server for the whole module, with real recognition."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.server import Server
from tests.spoken import film, speak

# No numbers and no words with two spellings: what is written is what must be heard.
TEXT = (
    "Good morning, and welcome to the garden. The first tour begins after breakfast, and the last one comes "
    "back before the sun goes down. Please keep your tickets until the end of the journey."
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("installation") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of some 13 seconds in which `TEXT` is spoken."""
    folder = tmp_path_factory.mktemp("talk")
    return film(speak(TEXT, folder / "talk.wav"), folder / "talk.mp4", size="640x360")
