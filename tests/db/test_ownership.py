"""A database that another program uses, which a variable of an earlier system or a slip names."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from surtitle.db import migrate
from surtitle.db.engine import Database
from surtitle.errors import Unavailable


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database without any table, of both kinds."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'theirs.db'}"
    opened = Database(url if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    yield opened
    await opened.close()


async def told(database: Database, *statements: str) -> None:
    async with database.writing() as session:
        for statement in statements:
            await session.execute(text(statement))


async def tables(database: Database) -> set[str]:
    async with database.reading() as session:
        connection = await session.connection()
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


@pytest.mark.parametrize("theirs", [("invoices",), ("users", "jobs"), ("artifacts", "invoices", "jobs", "x")])
async def test_tables_of_another_program_are_left_alone(empty: Database, theirs: tuple[str, ...]) -> None:
    await told(empty, *(f"CREATE TABLE {name} (number int)" for name in theirs))
    named = rf"another program's tables \({min(theirs)}.*SURTITLE_DATABASE_URL"
    with pytest.raises(Unavailable, match=named):
        await migrate.upgrade(empty)
    with pytest.raises(Unavailable, match="another program's tables"):
        await migrate.newer_version(empty)
    assert await tables(empty) == set(theirs)


@pytest.mark.parametrize("version", ["ae1027a6acf", "0001"])
async def test_another_programs_version_is_not_taken_for_a_newer_or_an_older_one_of_ours(
    empty: Database, version: str
) -> None:
    await told(
        empty,
        "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",
        f"INSERT INTO alembic_version VALUES ('{version}')",
        "CREATE TABLE users (number int)",
        "CREATE TABLE jobs (number int)",
    )
    with pytest.raises(Unavailable, match=r"another program's tables \(jobs, users\)"):
        await migrate.upgrade(empty)
    with pytest.raises(Unavailable, match="another program's tables"):
        await migrate.downgrade(empty, "base")
    assert await tables(empty) == {"alembic_version", "users", "jobs"}


async def test_tables_of_extensions_and_of_other_schemas_are_in_nobodys_way(postgres_url: str) -> None:
    database = Database(postgres_url)
    await told(
        database,
        "CREATE TABLE spatial_ref_sys (srid int)",
        "ALTER EXTENSION plpgsql ADD TABLE spatial_ref_sys",
        "CREATE VIEW statements AS SELECT 1 AS one",
        "CREATE SCHEMA theirs",
        "CREATE TABLE theirs.invoices (number int)",
    )
    await migrate.upgrade(database)
    assert await migrate.is_at_head(database)
    await database.close()
