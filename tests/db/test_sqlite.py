"""What SQLite needs beyond SQLAlchemy's own settings."""

import asyncio
import sqlite3
from pathlib import Path

from sqlalchemy import text

from surtitle.db.engine import Database


async def test_a_new_file_is_waited_for_while_another_process_writes_to_it(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    database = Database(f"sqlite+aiosqlite:///{path}")

    async def mode() -> str:
        async with database.reading() as session:
            return str(await session.scalar(text("PRAGMA journal_mode")))

    asking = asyncio.create_task(mode())
    # SQLite itself refuses at once here, without waiting for its timeout.
    done, _ = await asyncio.wait({asking}, timeout=0.3)
    assert not done
    other.execute("COMMIT")
    other.close()
    assert await asking == "wal"
    await database.close()
