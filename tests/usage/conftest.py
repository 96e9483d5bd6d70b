"""Job tables of an installation with accounts: quotas and credits are heeded there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.jobs.table import JobTable, opened_table

from surtitle.config import ServerSettings, UsageSettings

REQUIRED = ServerSettings(auth="required")


@pytest.fixture
async def limited(tmp_path: Path, database_url: str | None) -> AsyncIterator[JobTable]:
    async with opened_table(tmp_path, database_url=database_url, server=REQUIRED) as opened:
        yield opened


@pytest.fixture
async def paid(tmp_path: Path, database_url: str | None) -> AsyncIterator[JobTable]:
    async with opened_table(
        tmp_path, database_url=database_url, server=REQUIRED, usage=UsageSettings(credits="on")
    ) as opened:
        yield opened
