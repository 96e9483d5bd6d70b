"""Two installations that the pages are tried on: a person's own, and one where people sign in."""

from collections.abc import Iterator

import pytest
from tests.documentation.files import Files
from tests.server import Server


@pytest.fixture(scope="session")
def documented_files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="session")
def personal_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("personal") / "data"
    with Server(data, SURTITLE_ENGINES__TRANSCRIBER="dummy") as server:
        yield server


@pytest.fixture(scope="session")
def people_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("people") / "data"
    variables = {"SURTITLE_SERVER__AUTH": "required", "SURTITLE_ENGINES__TRANSCRIBER": "dummy"}
    with Server(data, **variables) as server:
        yield server
