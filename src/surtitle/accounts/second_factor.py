"""A second factor at sign-in: codes of an authenticator app (TOTP, RFC 6238), and recovery codes."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import pyotp
from pyotp.exceptions import OTPVerificationError
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.access import Principal
from surtitle.accounts.audit import AuditTrail, Deed
from surtitle.accounts.secrets import Secrets, token_hash
from surtitle.accounts.throttle import Throttle
from surtitle.clock import utc_now
from surtitle.db.account_models import RecoveryCode, User
from surtitle.errors import Conflict, Unauthenticated

_PURPOSE = "second factor"
# RFC 6238 section 5.2 allows one step for the way and for clocks that differ.
_STEPS_EITHER_SIDE = 1
_TOTP_CODE = re.compile(r"[0-9]{6}")


class SecondFactorRequired(Unauthenticated):
    """The password is right; the code of the second factor is missing."""

    slug = "second-factor-required"

    def __init__(self) -> None:
        super().__init__(
            "This account has a second factor. Sign in again and send `code` too: the six digits that the "
            "authenticator app shows, or a recovery code."
        )


class WrongCode(Unauthenticated):
    """The code of the second factor is wrong, out of date or used."""

    slug = "wrong-code"

    def __init__(self) -> None:
        super().__init__(
            "The code is wrong, out of date or used: each counts once. Wait for the app's next code, or send "
            "a recovery code that is not used."
        )


class SecondFactorIsOn(Conflict):
    """The person has a second factor already."""

    slug = "second-factor-on"

    def __init__(self) -> None:
        super().__init__(
            "The second factor is on. To use another app, switch it off first: "
            "`DELETE /api/users/me/second-factor`."
        )


class SecondFactorIsOff(Conflict):
    """The person has no second factor, or has not confirmed it."""

    slug = "second-factor-off"

    def __init__(self) -> None:
        super().__init__(
            "There is no second factor. Begin with `POST /api/users/me/second-factor`, then confirm it."
        )


class SecondFactor:
    """Asks people for the code of their second factor, if they have one."""

    def __init__(self, secrets: Secrets, audit: AuditTrail, clock: Callable[[], datetime] = utc_now) -> None:
        self._secrets = secrets
        self._audit = audit
        self.clock = clock

    async def require(self, session: AsyncSession, user: User, code: str | None) -> None:
        """Nothing, for a person without a second factor. Else `code` is used up, in the caller's transaction.

        Raises `SecondFactorRequired` without a code, `WrongCode` for one that does not count (any more).
        """
        if user.totp_confirmed_at is None:
            return
        if not code:
            raise SecondFactorRequired
        written = plain(code)
        if _TOTP_CODE.fullmatch(written):
            await self._use_step(session, user, written)
        else:
            await self._use_recovery_code(session, user, written)

    def sealed(self, secret: str) -> str:
        """An app's secret as it is kept with its person."""
        return self._secrets.seal(_PURPOSE, secret)

    def step_of(self, user: User, code: str) -> int:
        """The time step of the person's app that `code` belongs to. Raises `WrongCode`."""
        assert user.totp_sealed is not None
        totp = pyotp.TOTP(self._secrets.opened(_PURPOSE, user.totp_sealed))
        try:
            return totp.verify_and_get_timecode(code, for_time=self.clock(), valid_window=_STEPS_EITHER_SIDE)
        except OTPVerificationError:
            raise WrongCode from None

    async def _use_step(self, session: AsyncSession, user: User, code: str) -> None:
        step = self.step_of(user, code)
        # Two sign-ins with one code at the same time: the row changes for one of them.
        used = await session.scalar(
            update(User)
            .where(User.id == user.id, User.totp_last_step < step)
            .values(totp_last_step=step)
            .returning(User.id)
        )
        if used is None:
            raise WrongCode

    async def _use_recovery_code(self, session: AsyncSession, user: User, code: str) -> None:
        used = await session.scalar(
            update(RecoveryCode)
            .where(
                RecoveryCode.code_hash == token_hash(code),
                RecoveryCode.user_id == user.id,
                RecoveryCode.used_at.is_(None),
            )
            .values(used_at=self.clock())
            .returning(RecoveryCode.code_hash)
        )
        if used is None:
            raise WrongCode
        by = Principal(user_id=user.id)
        await self._audit.add(session, Deed("recovery-code.used", by, None, "user", user.id))


def plain(code: str) -> str:
    """Without the spaces and dashes that people type, or that we show to be read more easily."""
    return re.sub(r"[\s-]", "", code).upper()


@asynccontextmanager
async def guessed(throttle: Throttle, user_id: UUID) -> AsyncIterator[None]:
    """While a code is tried: wrong ones count, wherever they come from. Raises `TooManyAttempts`.

    Only those can guess at it who have the password, or the person at the provider.
    """
    name = f"code:{user_id}"
    await throttle.check(name, None)
    try:
        yield
    except WrongCode:
        await throttle.failed(name, None)
        raise
    await throttle.succeeded(name, None)
