"""A job table on a real SQLite file, and a way to claim and run with no engine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.jobs.table import JobTable, opened_table


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[JobTable]:
    async with opened_table(tmp_path) as opened:
        yield opened
