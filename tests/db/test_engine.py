import asyncio
import gc

import pytest
from sqlalchemy import text
from tests.servers.both import ON_BOTH

from surtitle.db import engine
from surtitle.db.engine import Database


@ON_BOTH
async def test_closing_lets_sessions_end_first(database: Database) -> None:
    inside, may_end = asyncio.Event(), asyncio.Event()

    async def use() -> object:
        async with database.reading() as session:
            await session.execute(text("SELECT 1"))
            inside.set()
            await may_end.wait()
            answer: object = await session.scalar(text("SELECT 2"))
            return answer

    using = asyncio.create_task(use())
    await inside.wait()
    closing = asyncio.create_task(database.close())
    await asyncio.sleep(0.05)
    assert not closing.done()
    may_end.set()
    await closing
    assert await using == 2


@ON_BOTH
async def test_connections_of_cancelled_sessions_are_closed(database: Database) -> None:
    async def use(short_lived: Database) -> None:
        async with short_lived.reading() as session:
            await session.execute(text("SELECT 1"))

    for steps in range(0, 60, 3):
        short_lived = Database(database.url)
        using = asyncio.create_task(use(short_lived))
        for _ in range(steps):
            await asyncio.sleep(0.0001)
        using.cancel()
        await short_lived.close()
        await asyncio.wait([using])
    # A connection that nobody closed warns when it is collected, and warnings fail the test.
    gc.collect()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_session_that_hangs_holds_up_closing_for_a_while_only(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_SESSIONS_MAY_LAST_SECONDS", 0.05)
    async with database.reading() as session:
        await session.execute(text("SELECT 1"))
        async with asyncio.timeout(5):
            await database.close()
    # Here its connection is collected, with the warning that it deserves.
    del session
    gc.collect()
