"""Signing in with e-mail and password. Whatever is wrong, the answer and its time are the same."""

from dataclasses import dataclass

from surtitle.accounts.audit import AuditTrail, Deed, Outcome
from surtitle.accounts.emails import canonical
from surtitle.accounts.errors import WrongCredentials
from surtitle.accounts.passwords import Passwords, Verdict
from surtitle.accounts.second_factor import SecondFactor, WrongCode
from surtitle.accounts.sessions import ACTIVE, SessionKind, Sessions, SignedIn
from surtitle.accounts.throttle import Throttle
from surtitle.accounts.users import FIRST_LANGUAGE, existing, with_email
from surtitle.db.account_models import User
from surtitle.db.engine import Database
from surtitle.errors import Invalid


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a person types."""

    email: str
    password: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a sign-in comes from, and what will hold its tokens."""

    address: str | None = None
    user_agent: str | None = None
    kind: SessionKind = SessionKind.TOKEN
    language: str = FIRST_LANGUAGE
    """What they read, for an account that is made on the way."""


class SignIn:
    """From what a person types to a session."""

    def __init__(
        self,
        database: Database,
        audit: AuditTrail,
        *,
        passwords: Passwords,
        throttle: Throttle,
        second_factor: SecondFactor,
        sessions: Sessions,
    ) -> None:
        self._database = database
        self._audit = audit
        self._passwords = passwords
        self._throttle = throttle
        self._second_factor = second_factor
        self._sessions = sessions

    async def with_password(self, offered: Credentials, visitor: Visitor) -> SignedIn:
        """Raises `WrongCredentials`, `SecondFactorRequired`, `WrongCode`, `TooManyAttempts`."""
        name = account_name(offered.email)
        await self._throttle.check(name, visitor.address)
        async with self._database.reading() as session:
            user = await with_email(session, name)
        # Also for nobody: how long it takes would tell that there is no such account.
        verdict = await self._passwords.verified(offered.password, user.password_hash if user else None)
        if user is None or not verdict.right or user.state != ACTIVE:
            await self._throttle.failed(name, visitor.address)
            await self._refused(user, visitor)
            raise WrongCredentials
        await self._throttle.succeeded(name, visitor.address)
        return await self._opened(user, verdict, offered.code, visitor)

    async def _opened(self, user: User, verdict: Verdict, code: str | None, visitor: Visitor) -> SignedIn:
        guessable = f"code:{user.id}"
        if code is not None and user.totp_confirmed_at is not None:
            # Wherever it comes from: at the code only those can guess who have the password.
            await self._throttle.check(guessable, None)
        try:
            signed_in = await self._in_one_transaction(user, verdict, code, visitor)
        except WrongCode:
            await self._throttle.failed(guessable, None)
            await self._refused(user, visitor)
            raise
        if user.totp_confirmed_at is not None:
            await self._throttle.succeeded(guessable, None)
        return signed_in

    async def _in_one_transaction(
        self, seen: User, verdict: Verdict, code: str | None, visitor: Visitor
    ) -> SignedIn:
        async with self._database.writing() as session:
            user = await existing(session, seen.id, hold=True)
            if user.state != ACTIVE or user.password_hash != seen.password_hash:
                # Blocked, or given another password, while this one was checked.
                raise WrongCredentials
            await self._second_factor.require(session, user, code)
            if verdict.better_hash is not None:
                user.password_hash = verdict.better_hash
            return await self._sessions.open(
                session, user, kind=visitor.kind, address=visitor.address, user_agent=visitor.user_agent
            )

    async def _refused(self, user: User | None, visitor: Visitor) -> None:
        who = user.id if user else None
        await self._audit.tell(
            Deed("login.failed", None, visitor.address, "user", who, outcome=Outcome.REFUSED)
        )


def account_name(email: str) -> str:
    """By what attempts are counted and accounts looked up; whatever was typed, it is some name."""
    try:
        return canonical(email)
    except Invalid:
        return email.strip().casefold()
