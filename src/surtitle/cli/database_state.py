"""Looking at the database without changing it."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from surtitle.bootstrap.database import opened_database
from surtitle.config import Settings
from surtitle.db import migrate


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """`differences` from what the code expects, one sentence each. `newer`: the version that a newer program
    brought it to, which still serves this one; it then differs in what this one need not know.
    """

    exists: bool
    differences: tuple[str, ...]
    newer: str | None = None


async def database_state(settings: Settings) -> DatabaseState:
    """How the database stands. One that does not exist yet is not made for the question.

    Raises `Unavailable` where it is of a newer program and serves this one no more.
    """
    url = settings.effective_database_url
    file = make_url(url).database if url.startswith("sqlite") else None
    if file is not None and not await asyncio.to_thread(Path(file).exists):
        return DatabaseState(exists=False, differences=(f"There is no database at {file} yet.",))
    async with opened_database(settings) as database:
        if (newer := await migrate.newer_version(database)) is not None:
            return DatabaseState(exists=True, differences=(), newer=newer)
        return DatabaseState(exists=True, differences=tuple(await migrate.drift(database)))
