"""Whether there is something to migrate, found out without Alembic."""

from pathlib import Path

import pytest
from sqlalchemy import text

from surtitle.db import migrate, versions
from surtitle.db.engine import Database


@pytest.mark.parametrize(("revision", "is_newest"), [("base", False), ("0012", False), ("head", True)])
async def test_it_is_told_as_alembic_tells_it(tmp_path: Path, revision: str, is_newest: bool) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'new' / 'surtitle.db'}")
    assert not await versions.is_newest(database)
    await migrate.upgrade(database)
    if revision != "head":
        await migrate.downgrade(database, revision)
    assert await versions.is_newest(database) is is_newest
    assert await migrate.is_at_head(database) is is_newest
    await database.close()


async def test_a_version_that_nobody_here_knows_is_left_to_the_migrations(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'surtitle.db'}")
    await migrate.upgrade(database)
    async with database.writing() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert not await versions.is_newest(database)
    await database.close()


async def test_the_same_number_in_another_programs_database_is_no_version_of_ours(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'theirs.db'}")
    async with database.writing() as session:
        await session.execute(text("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)"))
        await session.execute(
            text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": versions.newest()}
        )
    assert not await versions.is_newest(database)
    await database.close()
