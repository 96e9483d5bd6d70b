"""A database account from a real Vault for a real PostgreSQL: renewed, exchanged, given back."""

import asyncio
import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from tests.cli.conftest import wait_until
from tests.config.approles import approle
from tests.servers.openbao import BaoServer
from tests.servers.postgresql import PASSWORD, USER, PostgresServer

from surtitle.bootstrap.database import opened_database
from surtitle.bootstrap.lent_account import LentAccount
from surtitle.config import Settings, VaultSettings
from surtitle.db import migrate
from surtitle.db.engine import Database
from surtitle.db.errors import DatabaseAway
from surtitle.ids import new_id

_POLICY = """
path "{mount}/creds/app" {{ capabilities = ["read"] }}
path "sys/leases/renew" {{ capabilities = ["update"] }}
"""
# The tables belong to a role that stays, whoever made them: a lent account comes and goes.
_CREATION = """
CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}' IN ROLE "%(owner)s";
ALTER ROLE "{{name}}" SET ROLE "%(owner)s"; """
_DEADLINE_SECONDS = 60


class Lease(NamedTuple):
    seconds: int
    longest_seconds: int = 3600


class Lender:
    """Vault's database engine, mounted for one test's database."""

    def __init__(self, bao: BaoServer, postgres: PostgresServer, data_dir: Path, lease: Lease) -> None:
        self.bao, self.postgres = bao, postgres
        self.name = f"owner-{new_id().hex}"
        self.mount = f"database-{new_id().hex}"
        postgres.sql(f'CREATE ROLE "{self.name}"')
        postgres.sql(f'CREATE DATABASE "{self.name}" OWNER "{self.name}"')
        self._place = f"127.0.0.1:{postgres.port}/{self.name}"
        self._mount(lease)
        role_id, secret_id = approle(bao, _POLICY.format(mount=self.mount))
        self.settings = Settings(
            data_dir=data_dir,
            database_url=SecretStr(f"postgresql://{self._place}"),
            vault=VaultSettings(
                address=bao.address,
                role_id=role_id,
                secret_id=SecretStr(secret_id),
                database_mount=self.mount,
                database_role="app",
            ),
            _env_file=None,
        )

    def _mount(self, lease: Lease) -> None:
        self.bao.do("POST", f"/sys/mounts/{self.mount}", type="database")
        self.bao.do(
            "POST",
            f"/{self.mount}/config/postgres",
            plugin_name="postgresql-database-plugin",
            allowed_roles=["app"],
            connection_url="postgresql://{{username}}:{{password}}@" + self._place,
            username=USER,
            password=PASSWORD,
        )
        self.bao.do(
            "POST",
            f"/{self.mount}/roles/app",
            db_name="postgres",
            creation_statements=[_CREATION % {"owner": self.name}],
            default_ttl=f"{lease.seconds}s",
            max_ttl=f"{lease.longest_seconds}s",
        )

    def accounts(self) -> list[str]:
        told = self.postgres.sql("SELECT rolname FROM pg_roles WHERE rolname LIKE 'v-approle-%' ORDER BY 1")
        return told.splitlines()

    def take_all_back(self) -> None:
        self.bao.do("PUT", f"/sys/leases/revoke-force/{self.mount}")


@pytest.fixture
def lender(bao: BaoServer, postgres: PostgresServer, tmp_path: Path) -> Iterator[Callable[[Lease], Lender]]:
    made: list[Lender] = []

    def make(lease: Lease) -> Lender:
        made.append(Lender(bao, postgres, tmp_path, lease))
        return made[-1]

    yield make
    for one in made:
        one.take_all_back()
        postgres.drop(one.name)


async def user(database: Database) -> str:
    async with database.reading() as session:
        return str(await session.scalar(text("SELECT session_user")))


async def test_the_account_is_renewed(lender: Callable[[Lease], Lender]) -> None:
    lent = lender(Lease(2))
    async with opened_database(lent.settings) as database:
        first = await user(database)
        assert first in lent.accounts()
        # Without a renewal would be gone by then.
        await asyncio.sleep(3.5)
        assert await user(database) == first
        await database.sign_in_again()
        assert await user(database) == first


async def test_the_account_is_given_back_at_the_end(lender: Callable[[Lease], Lender]) -> None:
    lent = lender(Lease(3600))
    async with opened_database(lent.settings) as database:
        borrowed = await user(database)
        assert borrowed in lent.accounts()
    wait_until(lambda: borrowed not in lent.accounts(), "the account is gone")


async def test_an_account_at_the_end_of_its_life_is_exchanged_and_work_goes_on(
    lender: Callable[[Lease], Lender],
) -> None:
    lent = lender(Lease(2, 3))
    seen: list[str] = []
    async with opened_database(lent.settings) as database, asyncio.timeout(_DEADLINE_SECONDS):
        await migrate.upgrade(database)
        while len(set(seen)) < 3:
            seen.append(await user(database))
            async with database.writing() as session:
                # What one account made belongs to the next one, too.
                await session.execute(text("DELETE FROM jobs"))
            await asyncio.sleep(0.05)
    ours = f"datname = '{lent.name}' AND application_name = 'surtitle'"
    connected = f"SELECT count(*) FROM pg_stat_activity WHERE {ours}"
    wait_until(lambda: lent.postgres.sql(connected) == "0", "connections of all accounts are closed")


async def test_who_runs_outlives_the_taking_back_of_all_accounts(lender: Callable[[Lease], Lender]) -> None:
    lent = lender(Lease(2))
    async with opened_database(lent.settings) as database, asyncio.timeout(_DEADLINE_SECONDS):
        first = await user(database)
        lent.take_all_back()
        while True:
            # Its role is gone, and the server says so to whoever still uses it.
            with suppress(SQLAlchemyError):
                if await user(database) != first:
                    break
            await asyncio.sleep(0.05)
        assert await user(database) in lent.accounts()


async def test_while_vault_stands_still_work_goes_on_and_then_there_is_another_account(
    bao: BaoServer, lender: Callable[[Lease], Lender]
) -> None:
    lent = lender(Lease(2))
    async with opened_database(lent.settings) as database, asyncio.timeout(_DEADLINE_SECONDS):
        first = await user(database)
        bao.process.send_signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(3)
            assert await user(database) == first
        finally:
            bao.process.send_signal(signal.SIGCONT)
        while True:
            with suppress(SQLAlchemyError):
                if await user(database) != first:
                    break
            await asyncio.sleep(0.05)


async def test_a_refusal_leaves_no_sign_in_behind_and_is_remembered_for_a_moment(
    bao: BaoServer, caplog: pytest.LogCaptureFixture
) -> None:
    role_id, secret_id = approle(bao, 'path "nothing/*" { capabilities = ["read"] }')
    account = LentAccount(
        VaultSettings(
            address=bao.address, role_id=role_id, secret_id=SecretStr(secret_id), database_role="app"
        )
    )
    before = len(bao.do("LIST", "/auth/token/accessors")["data"]["keys"])
    with caplog.at_level(logging.WARNING, logger="surtitle.bootstrap.lent_account"):
        asked = await asyncio.gather(*(account.credentials() for _ in range(5)), return_exceptions=True)
    assert [type(answer) for answer in asked] == [DatabaseAway] * 5
    assert len(caplog.records) == 1, "Vault was asked once"
    assert len(bao.do("LIST", "/auth/token/accessors")["data"]["keys"]) == before


async def test_without_vault_the_database_is_away_and_nobody_learns_where_vault_is(tmp_path: Path) -> None:
    vault = VaultSettings(address="http://127.0.0.1:1", token=SecretStr("t"), database_role="app")
    url = SecretStr("postgresql://127.0.0.1/notes")
    settings = Settings(data_dir=tmp_path, database_url=url, vault=vault, _env_file=None)
    async with opened_database(settings) as database:
        with pytest.raises(DatabaseAway, match="Vault lends no account") as away:
            await user(database)
    assert "127.0.0.1" not in away.value.message
