"""Noticing that another process wrote to the SQLite file, for next to nothing."""

import asyncio
import sqlite3
from collections.abc import Callable

from sqlalchemy import make_url


async def watch_sqlite(url: str, on_change: Callable[[], None], interval_seconds: float) -> None:
    """Call `on_change` soon after any other connection commits. Runs until it is cancelled.

    `PRAGMA data_version` reads one counter from shared memory (https://sqlite.org/pragma.html), so
    one poll a process takes the place of a query for every listener.
    """
    path = make_url(url).database
    assert path is not None
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        seen = None
        while True:
            version = connection.execute("PRAGMA data_version").fetchone()[0]
            if version != seen:
                seen = version
                on_change()
            await asyncio.sleep(interval_seconds)
    finally:
        connection.close()
