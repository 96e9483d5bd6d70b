"""What SQLite needs beyond SQLAlchemy's own settings."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from surtitle.db.engine import Database

SLOW = """
WITH RECURSIVE counted(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM counted WHERE number < 2000000)
SELECT max(number) FROM counted
"""


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


async def test_who_is_cancelled_amid_a_write_leaves_the_lock_though_its_statements_are_still_held(
    tmp_path: Path,
) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'new.db'}")
    half_read = []
    at_work = asyncio.Event()

    async def write() -> None:
        async with database.writing() as session:
            await session.execute(text("CREATE TABLE numbers (number int)"))
            driver = (await (await session.connection()).get_raw_connection()).driver_connection
            assert driver is not None
            half_read.append(await driver.execute("VALUES (1), (2)"))
            await half_read[0].fetchone()
            at_work.set()
            await session.execute(text(SLOW))

    writing = asyncio.create_task(write())
    await at_work.wait()
    await asyncio.sleep(0.05)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    async with asyncio.timeout(10), database.writing() as session:
        await session.execute(text("CREATE TABLE numbers (number int)"))
    await database.close()


async def test_a_connection_may_be_closed_again(tmp_path: Path) -> None:
    # SQLAlchemy does so where a first close takes long; a refusal would keep the connection's thread.
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'new.db'}")
    async with database.reading() as session:
        driver = (await (await session.connection()).get_raw_connection()).driver_connection
        assert driver is not None
        await driver._execute(driver._conn.close)
        stopped = driver.stop()
        assert stopped is not None
        await stopped
        driver._thread.join(timeout=10)
        assert not driver._thread.is_alive()
    await database.close()
