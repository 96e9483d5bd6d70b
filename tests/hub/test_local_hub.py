import asyncio
import sqlite3
from pathlib import Path

import pytest

from surtitle.db.watch import watch_sqlite
from surtitle.hub import LocalHub
from surtitle.hub.protocol import PATIENCE_SECONDS


async def test_a_hint_between_two_waits_is_kept() -> None:
    hub = LocalHub()
    with hub.listen("job:1") as listener:
        hub.wake("job:1")
        async with asyncio.timeout(30):
            await listener.wait(60)


async def test_a_hint_for_another_topic_wakes_nobody() -> None:
    hub = LocalHub()
    with hub.listen("job:1") as listener:
        hub.wake("job:2")
        waiting = asyncio.create_task(listener.wait(60))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        waiting.cancel()


async def test_a_lost_hint_costs_the_timeout_only() -> None:
    hub = LocalHub()
    with hub.listen("job:1") as listener:
        async with asyncio.timeout(PATIENCE_SECONDS / 2):
            await listener.wait(0.01)


async def test_nobody_is_remembered_who_has_left() -> None:
    hub = LocalHub()
    with hub.listen("job:1"), hub.listen("job:1"):
        pass
    assert hub._calls == {}
    hub.wake_all()


async def test_a_commit_by_another_process_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("CREATE TABLE t (x)")
    seen = asyncio.Event()
    watch = asyncio.create_task(watch_sqlite(f"sqlite+aiosqlite:///{path}", seen.set, 0.01))
    await asyncio.sleep(0.05)
    seen.clear()
    other.execute("INSERT INTO t VALUES (1)")
    async with asyncio.timeout(30):
        await seen.wait()
    watch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watch
    other.close()
