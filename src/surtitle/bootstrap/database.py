"""The database that the settings name, signed in to by the account that they or Vault give."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from surtitle.bootstrap.lent_account import LentAccount
from surtitle.config import Settings
from surtitle.db.engine import Database


@asynccontextmanager
async def opened_database(settings: Settings) -> AsyncIterator[Database]:
    """Sessions while the block lasts. Makes no tables."""
    lent = settings.vault.address is not None and settings.vault.database_role is not None
    if not lent or settings.effective_database_url.startswith("sqlite"):
        database = Database(settings.effective_database_url, settings.database)
        try:
            yield database
        finally:
            await database.close()
        return
    account = LentAccount(settings.vault)
    database = Database(settings.effective_database_url, settings.database, account.credentials)
    keeping = asyncio.create_task(account.keep(database.sign_in_again))
    try:
        yield database
    finally:
        keeping.cancel()
        await asyncio.wait({keeping})
        await database.close()
        await asyncio.to_thread(account.close)
