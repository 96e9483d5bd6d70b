"""A job table on a real SQLite file (or PostgreSQL: `ON_BOTH`), and a way to claim and run with no engine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.jobs.table import JobTable, opened_table


@pytest.fixture
async def table(tmp_path: Path, database_url: str | None) -> AsyncIterator[JobTable]:
    async with opened_table(tmp_path, database_url=database_url) as opened:
        yield opened
