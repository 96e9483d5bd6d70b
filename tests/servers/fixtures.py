"""Servers that are started once a test run, and databases on them that are a test's own."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.migrated import with_tables
from tests.servers.openbao import BaoServer, bao_server
from tests.servers.postgresql import PostgresServer, postgresql
from tests.servers.redis import RedisServer, redis_server
from tests.servers.seaweedfs import S3Server, seaweedfs

from surtitle.db import migrate
from surtitle.db.engine import Database
from surtitle.ids import new_id

TEMPLATE = "surtitle-template"


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """PostgreSQL 18, shared: whoever kills servers starts one of their own."""
    with postgresql(tmp_path_factory.mktemp("postgresql"), 18) as server:
        yield server


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """An empty database on PostgreSQL."""
    name = f"test-{new_id().hex}"
    yield postgres.database(name)
    postgres.drop(name)


@pytest.fixture(scope="session")
def _template(postgres: PostgresServer) -> str:
    """The name of a database with all tables, to be copied. Nobody may be connected to it meanwhile."""
    url = postgres.database(TEMPLATE)

    async def migrated() -> None:
        database = Database(url)
        await migrate.upgrade(database)
        await database.close()

    # The event loop of a test may be at work already in this thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, migrated()).result()
    return TEMPLATE


@pytest.fixture
def migrated_url(postgres: PostgresServer, _template: str) -> Iterator[str]:
    """A database on PostgreSQL with all tables."""
    name = f"test-{new_id().hex}"
    yield postgres.database(name, template=_template)
    postgres.drop(name)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str | None:
    """None is SQLite in the data directory. A test marked with `ON_BOTH` also runs on PostgreSQL."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return None
    url: str = request.getfixturevalue("migrated_url")
    return url


@pytest.fixture
async def database(database_url: str | None, tmp_path: Path) -> AsyncIterator[Database]:
    """A database with all tables; on both kinds where the test says so."""
    opened = Database(database_url or f"sqlite+aiosqlite:///{tmp_path / 'surtitle.db'}")
    await with_tables(opened)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaoServer]:
    """OpenBao, shared: each test mounts and names things of its own."""
    with bao_server(tmp_path_factory.mktemp("openbao")) as server:
        yield server


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """An S3 server, shared: each test has a prefix of its own, and whoever kills servers starts another."""
    with seaweedfs(tmp_path_factory.mktemp("seaweedfs")) as server:
        yield server


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Redis, shared: each test has a prefix of its own, and whoever kills servers starts another."""
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server
