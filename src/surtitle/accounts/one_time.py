"""Tokens of links that work once: to set a password, to confirm an e-mail, to set up the installation."""

from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.errors import BadLink
from surtitle.accounts.secrets import new_token, token_hash
from surtitle.clock import utc_now
from surtitle.db.account_models import OneTimeToken


class Purpose(StrEnum):
    """What a link is for; it works for nothing else."""

    RESET = "reset"
    CONFIRM = "confirm"
    SETUP = "setup"


_HOW_TO_GET_ANOTHER = {
    Purpose.RESET: "Ask for another with `POST /api/password-reset`.",
    Purpose.CONFIRM: "Sign in and change the e-mail again, or register again.",
    Purpose.SETUP: "Start the server again: while there is no administrator, it makes a new one.",
}


async def issue(
    session: AsyncSession,
    purpose: Purpose,
    lasts: timedelta,
    user_id: UUID | None = None,
    data: dict[str, Any] | None = None,
) -> str:
    """A fresh token, in the caller's transaction. It is not stored, only its hash."""
    token = new_token()
    now = utc_now()
    session.add(
        OneTimeToken(
            token_hash=token_hash(token),
            purpose=purpose,
            user_id=user_id,
            data=data or {},
            expires_at=now + lasts,
            created_at=now,
        )
    )
    await session.flush()
    return token


async def good(session: AsyncSession, purpose: Purpose, token: str, *, hold: bool = False) -> OneTimeToken:
    """What is known of a token that still works; it goes on to. Raises `BadLink`."""
    row = await session.get(OneTimeToken, token_hash(token), with_for_update=hold)
    if row is None or row.purpose != purpose or row.used_at is not None or row.expires_at <= utc_now():
        raise BadLink(_HOW_TO_GET_ANOTHER[purpose])
    return row


async def take(session: AsyncSession, purpose: Purpose, token: str) -> OneTimeToken:
    """Use the token up, in the caller's transaction. Raises `BadLink`."""
    row = await good(session, purpose, token, hold=True)
    row.used_at = utc_now()
    return row


async def forget(session: AsyncSession, purpose: Purpose, user_id: UUID) -> None:
    """Void all of a person's links of this kind."""
    await session.execute(
        delete(OneTimeToken).where(OneTimeToken.purpose == purpose, OneTimeToken.user_id == user_id)
    )


async def issued_lately(session: AsyncSession, purpose: Purpose, user_id: UUID, within: timedelta) -> int:
    """How many such links the person was sent in this time."""
    count = await session.scalar(
        select(func.count())
        .select_from(OneTimeToken)
        .where(
            OneTimeToken.purpose == purpose,
            OneTimeToken.user_id == user_id,
            OneTimeToken.created_at > utc_now() - within,
        )
    )
    return count or 0
