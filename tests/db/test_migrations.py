import asyncio
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from surtitle.db import migrate
from surtitle.db.engine import Database
from surtitle.errors import Unavailable


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'new' / 'surtitle.db'}"


async def tables(database: Database) -> set[str]:
    async with database.engine.begin() as connection:
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def test_the_migrations_make_the_tables_of_the_models(url: str) -> None:
    database = Database(url)
    await migrate.upgrade(database)
    assert await migrate.drift(database) == []
    await database.close()


async def test_migrations_run_down_and_up_again(url: str) -> None:
    database = Database(url)
    await migrate.upgrade(database)
    full = await tables(database)
    await migrate.downgrade(database, "base")
    assert await tables(database) == {"alembic_version"}
    await migrate.upgrade(database)
    assert await tables(database) == full
    await database.close()


async def test_two_processes_may_migrate_at_once(url: str) -> None:
    first, second = Database(url), Database(url)
    await asyncio.gather(migrate.upgrade(first), migrate.upgrade(second))
    assert await migrate.drift(first) == []
    await first.close()
    await second.close()


async def test_a_database_of_a_newer_version_is_left_alone(url: str) -> None:
    database = Database(url)
    await migrate.upgrade(database)
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable, match="newer"):
        await migrate.upgrade(database)
    await database.close()


async def test_a_reader_does_not_wait_for_a_writer(url: str) -> None:
    database = Database(url)
    await migrate.upgrade(database)
    async with asyncio.timeout(5), database.writing() as writer:
        await writer.execute(text("INSERT INTO discarded VALUES ('a', 'key', '2026-01-01')"))
        async with database.reading() as reader:
            assert await reader.scalar(text("SELECT count(*) FROM discarded")) == 0
    async with database.reading() as reader:
        assert await reader.scalar(text("SELECT count(*) FROM discarded")) == 1
    await database.close()


async def test_what_a_failed_transaction_wrote_is_gone(url: str) -> None:
    database = Database(url)
    await migrate.upgrade(database)
    with pytest.raises(RuntimeError):  # noqa: PT012  the transaction is what raises
        async with database.writing() as session:
            await session.execute(text("INSERT INTO discarded VALUES ('a', 'key', '2026-01-01')"))
            raise RuntimeError
    async with database.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM discarded")) == 0
    await database.close()


async def test_commits_survive_a_power_cut(url: str) -> None:
    database = Database(url)
    async with database.writing() as session:
        assert await session.scalar(text("PRAGMA synchronous")) == 2  # FULL
        assert await session.scalar(text("PRAGMA journal_mode")) == "wal"
    await database.close()
