"""What people do with their own second factor: begin, confirm, renew recovery codes, switch off."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pyotp
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.access import Principal
from surtitle.accounts.audit import AuditTrail, Deed
from surtitle.accounts.own_account import OwnAccount
from surtitle.accounts.project_rows import person
from surtitle.accounts.second_factor import (
    SecondFactor,
    SecondFactorIsOff,
    SecondFactorIsOn,
    guessed,
    plain,
)
from surtitle.accounts.secrets import token_hash
from surtitle.accounts.throttle import Throttle
from surtitle.accounts.users import existing
from surtitle.db.account_models import RecoveryCode, User
from surtitle.db.engine import Database

ISSUER = "Surtitle"
"""What the app shows above the codes."""
RECOVERY_CODES = 10

# 80 random bits: a quick hash keeps them, as it does the keys.
_RECOVERY_BYTES = 10
_GROUP = 4


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the authenticator app is given, once: `secret` in base32, `uri` (otpauth) for a QR code."""

    secret: str
    uri: str

    @classmethod
    def of(cls, secret: str, name: str) -> "Enrolment":
        """For the app of whoever is called so."""
        return cls(secret, pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER))


@dataclass(frozen=True, slots=True)
class FactorState:
    """Whether a person has a second factor, since when, and how many recovery codes are left."""

    on: bool
    since: datetime | None
    recovery_codes_left: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that it is the person: the password, and a code of the app or a recovery code."""

    password: str
    code: str


class OwnSecondFactor:
    """Turns a person's second factor on and off."""

    def __init__(
        self,
        database: Database,
        audit: AuditTrail,
        *,
        second_factor: SecondFactor,
        own_account: OwnAccount,
        throttle: Throttle,
    ) -> None:
        self._database = database
        self._audit = audit
        self._second_factor = second_factor
        self._own_account = own_account
        self._throttle = throttle

    async def state(self, by: Principal) -> FactorState:
        user_id = person(by)
        async with self._database.reading() as session:
            user = await existing(session, user_id)
            left = await session.scalar(
                select(func.count())
                .select_from(RecoveryCode)
                .where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
            )
        return FactorState(user.totp_confirmed_at is not None, user.totp_confirmed_at, left or 0)

    async def begin(self, by: Principal, password: str, address: str | None) -> Enrolment:
        """A fresh secret, which counts once it is confirmed. Raises `WrongPassword`, `SecondFactorIsOn`."""
        await self._own_account.proved(by, password, address)
        secret = pyotp.random_base32()
        async with self._database.writing() as session:
            user = await existing(session, person(by), hold=True)
            if user.totp_confirmed_at is not None:
                raise SecondFactorIsOn
            user.totp_sealed = self._second_factor.sealed(secret)
            name = user.email or str(user.id)
        return Enrolment.of(secret, name)

    async def confirm(self, by: Principal, code: str, address: str | None) -> Sequence[str]:
        """Switch the second factor on, with a code that shows that the app has it: the recovery codes.

        Raises `WrongCode`, `SecondFactorIsOn`, `SecondFactorIsOff` for one that was not begun.
        """
        async with self._database.writing() as session:
            user = await existing(session, person(by), hold=True)
            if user.totp_confirmed_at is not None:
                raise SecondFactorIsOn
            if user.totp_sealed is None:
                raise SecondFactorIsOff
            user.totp_last_step = self._second_factor.step_of(user, plain(code))
            user.totp_confirmed_at = self._second_factor.clock()
            codes = await _fresh_recovery_codes(session, user.id)
            await self._tell(session, "second-factor.switched-on", by, user.id, address)
        return codes

    async def renew_recovery_codes(self, by: Principal, proof: Proof, address: str | None) -> Sequence[str]:
        """Ten new recovery codes; those there were are void. Raises as `switch_off`."""
        await self._own_account.proved(by, proof.password, address)
        async with guessed(self._throttle, person(by)), self._database.writing() as session:
            user = await self._using(session, by, proof.code)
            codes = await _fresh_recovery_codes(session, user.id)
            await self._tell(session, "recovery-codes.renewed", by, user.id, address)
        return codes

    async def switch_off(self, by: Principal, proof: Proof, address: str | None) -> None:
        """No second factor from now on. Raises `WrongPassword`, `WrongCode`, `SecondFactorIsOff`."""
        await self._own_account.proved(by, proof.password, address)
        async with guessed(self._throttle, person(by)), self._database.writing() as session:
            user = await self._using(session, by, proof.code)
            await self._switch_off(session, user, by, address)

    async def switch_off_for(self, by: Principal, user_id: UUID, address: str | None) -> None:
        """An administrator's way, for a person who has lost both the app and the recovery codes."""
        async with self._database.writing() as session:
            user = await existing(session, user_id, hold=True)
            if user.totp_confirmed_at is None:
                raise SecondFactorIsOff
            await self._switch_off(session, user, by, address)

    async def _using(self, session: AsyncSession, by: Principal, code: str) -> User:
        user = await existing(session, person(by), hold=True)
        if user.totp_confirmed_at is None:
            raise SecondFactorIsOff
        await self._second_factor.require(session, user, code)
        return user

    async def _switch_off(
        self, session: AsyncSession, user: User, by: Principal, address: str | None
    ) -> None:
        user.totp_sealed = user.totp_confirmed_at = None
        await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
        await self._tell(session, "second-factor.switched-off", by, user.id, address)

    async def _tell(
        self, session: AsyncSession, action: str, by: Principal, user_id: UUID, address: str | None
    ) -> None:
        await self._audit.add(session, Deed(action, by, address, "user", user_id))


async def _fresh_recovery_codes(session: AsyncSession, user_id: UUID) -> Sequence[str]:
    await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = [base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(code_hash=token_hash(code), user_id=user_id) for code in codes)
    return ["-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP)) for code in codes]
