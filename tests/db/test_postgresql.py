import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text
from tests.servers.postgresql import PASSWORD, USER, PostgresServer, Version, postgresql

from surtitle.config import DatabaseSettings
from surtitle.db import migrate
from surtitle.db.engine import Database
from surtitle.db.errors import DatabaseAway
from surtitle.db.postgresql import Credentials
from surtitle.errors import Invalid, StorageFull, Unavailable

IMPATIENT = DatabaseSettings(
    connections=2, wait_seconds=0.2, connect_seconds=0.5, statement_seconds=0.2, lock_seconds=0.1,
    idle_transaction_seconds=0.2,
)  # fmt: skip


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A server that may be killed; whoever does starts it again."""
    with postgresql(tmp_path_factory.mktemp("mortal"), 18) as server:
        yield server


@asynccontextmanager
async def opened(
    url: str,
    settings: DatabaseSettings | None = None,
    credentials: Callable[[], Awaitable[Credentials]] | None = None,
) -> AsyncIterator[Database]:
    database = Database(url, settings, credentials)
    try:
        yield database
    finally:
        await database.close()


async def asked(database: Database, question: str = "SELECT 1") -> object:
    async with database.reading() as session:
        answer: object = await session.scalar(text(question))
        return answer


@pytest.mark.parametrize("version", [15, 18])
async def test_the_migrations_make_the_tables_of_the_models_and_take_them_away(
    tmp_path_factory: pytest.TempPathFactory, version: Version
) -> None:
    with postgresql(tmp_path_factory.mktemp("versions"), version) as server:
        async with opened(server.database("new")) as database:
            await migrate.upgrade(database)
            assert await migrate.drift(database) == []
            await migrate.downgrade(database, "base")
            left = "SELECT string_agg(relname, ',') FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            assert await asked(database, f"{left} AND relkind = 'r'") == "alembic_version"
            assert await asked(database, "SELECT to_regproc('audit_events_refuse')") is None
            await migrate.upgrade(database)
            assert await migrate.drift(database) == []


async def test_many_processes_may_migrate_at_once(postgres_url: str) -> None:
    databases = [Database(postgres_url) for _ in range(3)]
    await asyncio.gather(*(migrate.upgrade(database) for database in databases))
    assert await migrate.drift(databases[0]) == []
    for database in databases:
        await database.close()


async def test_a_migration_that_fails_leaves_nothing_behind(postgres_url: str) -> None:
    async with opened(postgres_url) as database:
        await migrate.upgrade(database, "0001")
        async with database.writing() as session:
            await session.execute(text("CREATE TABLE queues (name text)"))
        with pytest.raises(Exception, match="already exists"):
            await migrate.upgrade(database)
        assert await asked(database, "SELECT to_regclass('transcripts')") is None


async def test_a_server_that_was_killed_and_started_again_is_found_again(mortal: PostgresServer) -> None:
    async with opened(mortal.url) as database:
        await asyncio.gather(*(asked(database) for _ in range(5)))
        await asyncio.to_thread(mortal.kill)
        await asyncio.to_thread(mortal.start)
        assert await asyncio.gather(*(asked(database) for _ in range(5))) == [1] * 5


async def test_work_waits_for_a_server_that_is_starting(mortal: PostgresServer) -> None:
    await asyncio.to_thread(mortal.stop)
    async with opened(mortal.url, DatabaseSettings(connect_seconds=60)) as database:
        waiting = asyncio.create_task(asked(database))
        await asyncio.to_thread(mortal.start)
        assert await waiting == 1


async def test_a_server_that_is_away_is_told_with_its_place_and_without_the_password(
    mortal: PostgresServer,
) -> None:
    async with opened(mortal.url, IMPATIENT) as database:
        await asyncio.to_thread(mortal.stop)
        with pytest.raises(DatabaseAway) as caught:
            await asked(database)
        await asyncio.to_thread(mortal.start)
    assert isinstance(caught.value, Unavailable)
    assert f"127.0.0.1:{mortal.port}" in caught.value.message
    assert PASSWORD not in caught.value.message


async def test_a_transaction_that_was_under_way_is_undone_and_told(mortal: PostgresServer) -> None:
    async with opened(mortal.url) as database:
        async with database.writing() as session:
            await session.execute(text("CREATE TABLE IF NOT EXISTS kept (number int)"))
        with pytest.raises(DatabaseAway):  # noqa: PT012 - the transaction is what raises
            async with database.writing() as session:
                await session.execute(text("INSERT INTO kept VALUES (1)"))
                await asyncio.to_thread(mortal.kill)
                await asyncio.to_thread(mortal.start)
                await session.execute(text("INSERT INTO kept VALUES (2)"))
        assert await asked(database, "SELECT count(*) FROM kept") == 0


async def test_a_wrong_password_is_told_as_such(postgres: PostgresServer) -> None:
    elsewhere = postgres.url.replace(PASSWORD, "not-this-one")
    async with opened(elsewhere) as database:
        with pytest.raises(DatabaseAway, match="refuses the user or the password") as caught:
            await asked(database)
    assert "not-this-one" not in caught.value.message


async def test_a_password_may_stand_apart_from_the_address(postgres: PostgresServer) -> None:
    bare = postgres.url.replace(f"{USER}:{PASSWORD}@", "").replace("postgresql://", "postgres://")
    async with opened(bare, DatabaseSettings(user=USER, password=PASSWORD)) as database:
        assert await asked(database, "SELECT current_user") == USER


async def test_what_the_address_names_wins_over_what_stands_apart(postgres: PostgresServer) -> None:
    async with opened(postgres.url, DatabaseSettings(user="nobody", password="wrong")) as database:
        assert await asked(database, "SELECT current_user") == USER
    address = postgres.url.replace(f"{USER}:{PASSWORD}@", "") + f"?user={USER}&password={PASSWORD}"
    async with opened(address, DatabaseSettings(user="nobody", password="wrong")) as database:
        assert await asked(database, "SELECT current_user") == USER


@pytest.mark.parametrize("password", ["s3cr3t/1", "s3cr3t#1", "s3cr3t?1", "s3cr3t[1", "1/s3cr3t", "1?s3cr3t"])
async def test_a_password_that_should_have_been_escaped_is_not_quoted(password: str) -> None:
    # "localhost" stands for a user whose name can be reached.
    async with opened(f"postgresql://localhost:{password}@db/notes", IMPATIENT) as database:
        with pytest.raises((Invalid, DatabaseAway)) as caught:
            await asked(database)
    assert "s3cr3t" not in caught.value.message
    assert "localhost:1" not in caught.value.message
    assert "SURTITLE_DATABASE_URL" in caught.value.message


async def test_each_new_connection_asks_who_signs_in(postgres: PostgresServer) -> None:
    given: list[Credentials] = [Credentials(USER, PASSWORD)]

    async def credentials() -> Credentials:
        return given[-1]

    postgres.sql("CREATE ROLE borrowed LOGIN PASSWORD 'for-an-hour'")
    async with opened(postgres.url, credentials=credentials) as database:
        assert await asked(database, "SELECT current_user") == USER
        given.append(Credentials("borrowed", "for-an-hour"))
        assert await asked(database, "SELECT current_user") == USER
        await database.sign_in_again()
        assert await asked(database, "SELECT current_user") == "borrowed"
    assert "for-an-hour" not in repr(given)
    postgres.sql("DROP ROLE borrowed")


async def test_a_statement_that_takes_too_long_is_ended(postgres: PostgresServer) -> None:
    async with opened(postgres.url, IMPATIENT) as database:
        with pytest.raises(DatabaseAway, match="STATEMENT_SECONDS"):
            await asked(database, "SELECT pg_sleep(60)")


async def test_nobody_waits_for_ever_for_a_row_that_another_holds(migrated_url: str) -> None:
    rename = text("UPDATE projects SET name = 'held'")
    async with opened(migrated_url) as patient, opened(migrated_url, IMPATIENT) as database:
        async with patient.writing() as holder:
            await holder.execute(rename)
            with pytest.raises(DatabaseAway, match="LOCK_SECONDS"):
                async with database.writing() as session:
                    await session.execute(rename)
        async with database.writing() as session:
            await session.execute(rename)


async def test_a_process_that_stands_still_in_a_transaction_holds_up_nobody(migrated_url: str) -> None:
    rename = text("UPDATE projects SET name = 'held'")
    async with opened(migrated_url) as patient, opened(migrated_url, IMPATIENT) as database:
        with pytest.raises(DatabaseAway):  # noqa: PT012 - the transaction is what raises
            async with database.writing() as stopped:
                await stopped.execute(rename)
                async with patient.writing() as session:
                    await session.execute(rename)
                await stopped.execute(rename)


async def test_more_work_than_connections_waits_a_while_and_is_told(postgres: PostgresServer) -> None:
    async with opened(postgres.url, IMPATIENT.model_copy(update={"statement_seconds": 0})) as database:
        busy = [asyncio.create_task(asked(database, "SELECT pg_sleep(1)")) for _ in range(2)]
        await asyncio.sleep(0.1)
        with pytest.raises(DatabaseAway, match="CONNECTIONS"):
            await asked(database)
        await asyncio.gather(*busy)
        assert await asked(database) == 1


async def test_a_full_disk_of_the_database_is_told_as_such(postgres: PostgresServer) -> None:
    full = "DO $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$"
    async with opened(postgres.url) as database:
        with pytest.raises(StorageFull, match="disk of the database"):
            await asked(database, full)


def test_a_database_of_another_kind_is_refused() -> None:
    with pytest.raises(Invalid, match="mysql"):
        Database("mysql://root:secret@db/surtitle")
