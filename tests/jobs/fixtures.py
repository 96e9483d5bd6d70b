"""A job table on a real SQLite file, and a way to claim and run with no engine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.jobs.table import QUICK, JobTable

from surtitle.config import Settings
from surtitle.db import migrate
from surtitle.db.engine import Database
from surtitle.db.models import PERSONAL_PROJECT, Media
from surtitle.hub import LocalHub
from surtitle.jobs.queue import JobQueue
from surtitle.jobs.service import JobService
from surtitle.storage import open_store


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[JobTable]:
    settings = Settings(data_dir=tmp_path, jobs=QUICK)
    database = Database(settings.effective_database_url)
    await migrate.upgrade(database)
    store, hub = open_store(settings), LocalHub()
    async with database.writing() as session:
        media = Media(
            project_id=PERSONAL_PROJECT, name="talk.mp4", object_key="media/talk", size_bytes=1,
            sha256="0" * 64, content_type="video/mp4", duration_seconds=60.0, probe={},
        )  # fmt: skip
        session.add(media)
    yield JobTable(
        database,
        store,
        hub,
        JobQueue(database, hub, QUICK),
        JobService(database, store, hub, check=lambda _recipe, _options, _media, _text: None),
        media.id,
        tmp_path / "scratch",
    )
    await database.close()
