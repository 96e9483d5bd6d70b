"""A desk on SQLite, or where a test asks for it on PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.notifications.desk import Desk, opened_desk


@pytest.fixture
async def desk(tmp_path: Path, database_url: str | None) -> AsyncIterator[Desk]:
    async with opened_desk(tmp_path, database_url) as opened:
        yield opened
