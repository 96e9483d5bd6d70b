"""An installation with something in every table, made once and copied for each test."""

import asyncio
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.accounts.belongings import settled
from tests.api.installation import installed
from tests.backups.kept import installation

from surtitle.config import ServerSettings, Settings


@pytest.fixture(scope="session")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its data directory."""
    folder = tmp_path_factory.mktemp("lived-in") / "data"

    async def live() -> None:
        async with installed(folder, server=ServerSettings(auth="required")) as api:
            await settled(api)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, live()).result()
    return folder


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture
def settings(lived_in: Path, tmp_path: Path, backups: Path) -> Settings:
    shutil.copytree(lived_in, tmp_path / "data")
    return installation(tmp_path / "data", f"file://{backups}")
