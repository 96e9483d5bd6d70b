import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from tests.migrated import with_tables

from surtitle.accounts.audit import AuditTrail
from surtitle.accounts.authentication import Authenticator
from surtitle.accounts.bootstrap_key import BOOTSTRAP_KEY, BOOTSTRAP_PROJECT, settle_bootstrap_key
from surtitle.accounts.errors import BadKey
from surtitle.accounts.secrets import Secrets
from surtitle.accounts.tokens import AccessTokens
from surtitle.clock import utc_now
from surtitle.config import AccountSettings
from surtitle.db.account_models import ApiKey, AuditEvent, Project
from surtitle.db.engine import Database

KEY = "an-internal-key-that-somebody-chose-2026"


class Start:
    """Starts of a server, one after the other, with these settings."""

    def __init__(self, database: Database) -> None:
        self.database = database
        secrets = Secrets(b"0" * 32)
        self.audit = AuditTrail(database, secrets)
        self.authenticator = Authenticator(database, AccessTokens(database, secrets, 900), 0)

    async def __call__(self, key: str | None = KEY, project: str = "ISICOMTECH") -> None:
        settings = AccountSettings(bootstrap_key=SecretStr(key) if key else None, bootstrap_project=project)
        await settle_bootstrap_key(self.database, self.audit, settings)

    async def refused(self, key: str) -> bool:
        try:
            await self.authenticator.by_key(key)
        except BadKey:
            return True
        return False

    async def told(self) -> list[str]:
        async with self.database.reading() as session:
            return list(await session.scalars(select(AuditEvent.action).order_by(AuditEvent.number)))


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'accounts.db'}")
    await with_tables(database)
    yield Start(database)
    await database.close()


async def test_the_key_works_from_the_first_start_and_is_made_once(start: Start) -> None:
    for _ in range(2):
        await start()
    principal = await start.authenticator.by_key(KEY)
    assert principal.key is not None
    assert principal.key.project_id == BOOTSTRAP_PROJECT
    assert sorted(principal.key.scopes) == ["delete", "read", "write"]
    async with start.database.reading() as session:
        assert (await session.get_one(Project, BOOTSTRAP_PROJECT)).name == "ISICOMTECH"
        row = await session.get_one(ApiKey, BOOTSTRAP_KEY)
        assert KEY not in f"{row.key_hash} {row.prefix}"
        assert row.prefix == ""
    assert await start.told() == ["project.created", "key.created"]


async def test_another_key_or_name_takes_the_place_of_the_first(start: Start) -> None:
    await start()
    await start("another-key-that-somebody-chose-2026", "Operations")
    assert await start.refused(KEY)
    assert not await start.refused("another-key-that-somebody-chose-2026")
    async with start.database.reading() as session:
        assert (await session.get_one(Project, BOOTSTRAP_PROJECT)).name == "Operations"


async def test_without_the_setting_the_key_works_no_more(start: Start) -> None:
    await start(None)
    await start()
    for _ in range(2):
        await start(None)
    assert await start.refused(KEY)
    assert await start.told() == ["project.created", "key.created", "key.revoked"]


async def test_a_key_that_was_revoked_stays_so_and_the_log_says_it(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    await start()
    async with start.database.writing() as session:
        (await session.get_one(ApiKey, BOOTSTRAP_KEY)).revoked_at = utc_now()
    caplog.set_level(logging.WARNING)
    await start()
    assert await start.refused(KEY)
    assert "was revoked" in caplog.text
    assert KEY not in caplog.text


async def test_the_key_of_another_project_stays_where_it_is(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    await start()
    async with start.database.writing() as session:
        row = await session.get_one(ApiKey, BOOTSTRAP_KEY)
        session.add(Project(name="other"))
        await session.flush()
        other = await session.scalar(select(Project.id).where(Project.name == "other"))
        session.add(ApiKey(project_id=other, name="x", prefix="", key_hash="0" * 64, scopes=[]))
        await session.flush()
        same = await session.scalar(select(ApiKey).where(ApiKey.project_id == other))
        assert same is not None
        taken, row.key_hash = row.key_hash, "1" * 64
        await session.flush()
        same.key_hash = taken
    caplog.set_level(logging.WARNING)
    await start()
    principal = await start.authenticator.by_key(KEY)
    assert principal.key is not None
    assert principal.key.project_id == other
    assert "another project" in caplog.text


@pytest.mark.parametrize("key", ["short", "x" * 31])
def test_a_short_key_is_no_setting(key: str) -> None:
    with pytest.raises(ValueError, match="bootstrap_key"):
        AccountSettings(bootstrap_key=SecretStr(key))
