"""Signing in through an OpenID Connect provider: authorization code with PKCE, state and nonce.

What a sign-in under way has to remember is sealed in a cookie of the browser that began it: nobody can
finish it elsewhere, and whoever begins a thousand of them fills no table.
"""

import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.access import Principal
from surtitle.accounts.audit import AuditTrail, Deed, Outcome
from surtitle.accounts.errors import EmailTaken
from surtitle.accounts.identities import Identities
from surtitle.accounts.openid_accounts import OpenIdAccounts
from surtitle.accounts.openid_errors import SignInLost, SignInRefused
from surtitle.accounts.openid_provider import OpenIdProvider
from surtitle.accounts.openid_tokens import Person
from surtitle.accounts.own_account import OwnAccount
from surtitle.accounts.project_rows import person
from surtitle.accounts.second_factor import SecondFactor, guessed
from surtitle.accounts.secrets import Secrets, new_token
from surtitle.accounts.sessions import ACTIVE, Sessions, SignedIn
from surtitle.accounts.sign_in import Visitor
from surtitle.accounts.throttle import Throttle
from surtitle.accounts.users import existing
from surtitle.db.account_models import User
from surtitle.db.engine import Database
from surtitle.domain.web_addresses import is_local_path
from surtitle.errors import Forbidden, Invalid, Unauthenticated, Unavailable

MOST_SECONDS = 600
"""How long a person may take at the provider."""

_UNDER_WAY = "openid sign-in"
_AWAITS_CODE = "openid second factor"


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes, and what it keeps until it is back."""

    url: str
    pending: str


@dataclass(frozen=True, slots=True)
class Return:
    """What the browser brings back: the provider's answer, and what it kept."""

    pending: str
    state: str
    code: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Arrived:
    """A person is back: signed in; or `awaiting` a second factor; or, for a link, neither."""

    next_path: str
    signed_in: SignedIn | None = None
    awaiting: str | None = None


@dataclass(frozen=True, slots=True)
class _Pending:
    """A sign-in under way; with a `user_id` and a `session_id` a link, which that person began there."""

    state: str
    nonce: str
    verifier: str
    callback: str
    next_path: str
    until: float
    invitation: str | None = None
    user_id: str | None = None
    session_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Awaiting:
    """A sign-in that lacks the code of the second factor alone."""

    user_id: str
    next_path: str
    since: float
    until: float


class OpenId:
    """Begins a sign-in at the provider, and finishes it when the browser is back."""

    def __init__(
        self,
        database: Database,
        audit: AuditTrail,
        *,
        secrets: Secrets,
        provider: OpenIdProvider,
        accounts: OpenIdAccounts,
        identities: Identities,
        sessions: Sessions,
        second_factor: SecondFactor,
        own_account: OwnAccount,
        throttle: Throttle,
    ) -> None:
        self._database = database
        self._secrets = secrets
        self._audit = audit
        self._provider = provider
        self._accounts = accounts
        self._identities = identities
        self._sessions = sessions
        self._second_factor = second_factor
        self._own_account = own_account
        self._throttle = throttle

    async def begin(
        self,
        callback: str,
        next_path: str,
        *,
        invitation: str | None = None,
        link_to: Principal | None = None,
    ) -> Begun:
        """Send the browser to the provider, which sends it to `callback`; in the end it goes to `next_path`.

        With `link_to` nobody is signed in: that person's account is linked. Raises `OpenIdOff`,
        `ProviderAway`, and `Invalid` for a path that leads away from here.
        """
        if not is_local_path(next_path):
            raise Invalid(
                f"{next_path[:80]!r} is no path of this server. Give one such as '/' or '/jobs?page=2'.",
                field="next",
            )
        pending = _Pending(
            state=new_token(),
            nonce=new_token(),
            verifier=new_token(),
            callback=callback,
            next_path=next_path,
            until=time.time() + MOST_SECONDS,
            invitation=invitation,
            user_id=str(link_to.user_id) if link_to else None,
            session_id=str(link_to.session_id) if link_to else None,
        )
        url = await self._provider.authorization_url(callback, pending.state, pending.nonce, pending.verifier)
        return Begun(url, self._sealed(_UNDER_WAY, pending))

    async def begin_link(
        self, by: Principal, password: str, callback: str, next_path: str, address: str | None
    ) -> Begun:
        """Begin to link the caller's account; one with a password needs it. Raises `WrongPassword` too."""
        async with self._database.reading() as session:
            user = await existing(session, person(by))
        if user.password_hash is not None:
            await self._own_account.proved(by, password, address)
        return await self.begin(callback, next_path, link_to=by)

    async def finish(self, back: Return, visitor: Visitor) -> Arrived:
        """Sign in, or link, whom the provider sends back.

        Raises `SignInLost`, `SignInRefused`, `ProviderAway`, and what `OpenIdAccounts.account_of` raises.
        """
        pending = self._pending(back)
        async with self._refusals_told(visitor):
            someone = await self._person(pending, back)
            if pending.user_id is not None:
                return await self._linked(pending, someone, visitor)
            try:
                return await self._signed_in(pending, someone, visitor)
            except (EmailTaken, IntegrityError):
                # The same new person in two windows, at the same moment: the account is there now.
                return await self._signed_in(pending, someone, visitor)

    async def finish_with_code(self, awaiting: str, code: str, visitor: Visitor) -> Arrived:
        """Sign in whom `finish` left `awaiting` a second factor.

        Raises `SignInLost`, `WrongCode`, `TooManyAttempts`.
        """
        known = _Awaiting(**self._opened(_AWAITS_CODE, awaiting))
        user_id = UUID(known.user_id)
        async with self._refusals_told(visitor), guessed(self._throttle, user_id):
            return await self._signed_in_with_code(known, code, visitor)

    @asynccontextmanager
    async def _refusals_told(self, visitor: Visitor) -> AsyncIterator[None]:
        try:
            yield
        except (Unauthenticated, Forbidden) as error:
            detail = {"way": "openid", "why": error.slug}
            deed = Deed("login.failed", None, visitor.address, outcome=Outcome.REFUSED, detail=detail)
            await self._audit.tell(deed)
            raise

    async def _person(self, pending: _Pending, back: Return) -> Person:
        if back.error is not None:
            raise SignInRefused(f"it says {back.error[:40]!r}")
        if not back.code:
            raise SignInLost
        return await self._provider.person(back.code, pending.callback, pending.nonce, pending.verifier)

    async def _signed_in(self, pending: _Pending, someone: Person, visitor: Visitor) -> Arrived:
        async with self._database.writing() as session:
            user = await self._accounts.account_of(session, someone, pending.invitation, visitor)
            if user.totp_confirmed_at is None:
                return Arrived(pending.next_path, await self._opened_session(session, user, visitor))
        now = time.time()
        awaiting = _Awaiting(str(user.id), pending.next_path, now, now + MOST_SECONDS)
        return Arrived(pending.next_path, awaiting=self._sealed(_AWAITS_CODE, awaiting))

    async def _signed_in_with_code(self, known: _Awaiting, code: str, visitor: Visitor) -> Arrived:
        async with self._database.writing() as session:
            user = await existing(session, UUID(known.user_id), hold=True)
            if user.state != ACTIVE or user.sessions_from.timestamp() > known.since:
                raise SignInLost
            await self._second_factor.require(session, user, code)
            return Arrived(known.next_path, await self._opened_session(session, user, visitor))

    async def _linked(self, pending: _Pending, someone: Person, visitor: Visitor) -> Arrived:
        user_id = UUID(pending.user_id)
        going_on = {str(one.id) for one in await self._sessions.of(user_id)}
        if pending.session_id not in going_on:
            # Signed out since, perhaps because somebody else had begun this.
            raise SignInLost
        async with self._database.writing() as session:
            await self._identities.link(session, someone, await existing(session, user_id), visitor.address)
        return Arrived(pending.next_path)

    async def _opened_session(self, session: AsyncSession, user: User, visitor: Visitor) -> SignedIn:
        return await self._sessions.open(
            session, user, kind=visitor.kind, address=visitor.address, user_agent=visitor.user_agent
        )

    def _pending(self, back: Return) -> _Pending:
        pending = _Pending(**self._opened(_UNDER_WAY, back.pending))
        if not hmac.compare_digest(pending.state.encode(), back.state.encode(errors="replace")):
            raise SignInLost
        return pending

    def _sealed(self, purpose: str, kept: "_Pending | _Awaiting") -> str:
        return self._secrets.seal(purpose, json.dumps(asdict(kept)))

    def _opened(self, purpose: str, sealed: str) -> dict[str, Any]:
        """What was sealed less than `MOST_SECONDS` ago. Raises `SignInLost`."""
        try:
            kept: dict[str, Any] = json.loads(self._secrets.opened(purpose, sealed))
        except (Unavailable, ValueError):
            # Nothing, nonsense, or sealed by another installation on the same host.
            raise SignInLost from None
        if kept["until"] < time.time():
            raise SignInLost
        return kept
