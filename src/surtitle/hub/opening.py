"""From settings to an open hub."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from surtitle.config import Settings
from surtitle.hub.local import LocalHub
from surtitle.hub.protocol import Hub


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Hub]:
    """The hub that the settings name, while the block lasts.

    With SQLite the caller watches the database and calls `wake_all`; with PostgreSQL and no Redis, processes
    hear nothing of each other and look often.
    """
    if settings.hub.url is None:
        watched = settings.effective_database_url.startswith("sqlite")
        yield LocalHub(None if watched else settings.jobs.poll_seconds)
        return
    # Imported late: a laptop needs no client of Redis.
    from surtitle.hub.shared import RedisHub  # noqa: PLC0415

    async with RedisHub(settings.hub, settings.jobs.poll_seconds).opened() as hub:
        yield hub
