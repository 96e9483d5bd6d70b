"""Installations whose pages can be asked for, and people who are signed in with a browser's cookies."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.api.accounts import front_door
from tests.api.installation import Installation, installed

from surtitle.web.app import add_pages


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Installation]:
    """A personal installation."""
    async with installed(tmp_path / "data") as installation:
        add_pages(installation.app)
        yield installation


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Installation]:
    """One where people sign in."""
    async with front_door(tmp_path) as installation:
        add_pages(installation.app)
        yield installation
