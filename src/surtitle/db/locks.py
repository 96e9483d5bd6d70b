"""Locks on what has no row of its own yet."""

import hashlib

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession


async def hold(session: AsyncSession, *names: object) -> None:
    """Alone with what these names stand for until the transaction ends: two that look for a row and write
    it when it is not there do so one after the other. SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    digest = hashlib.sha256("\n".join(str(name) for name in names).encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    await session.execute(select(func.pg_advisory_xact_lock(number)))
