"""Sessions: from a sign-in to its end. A short access token, and a refresh token that works once.

Two tabs of a browser may send the same refresh token at the same moment: within `REUSE_GRACE` the second
is given what the first was. Whoever stole it then has the very token that the person has, and the next
renewal of the two ends the session as ever.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, delete, event, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.access import Principal
from surtitle.accounts.audit import AuditTrail, Deed, Outcome
from surtitle.accounts.authentication import Authenticator
from surtitle.accounts.errors import BadRefreshToken, CsrfRefused, SessionNotFound
from surtitle.accounts.secrets import Secrets, new_token, token_hash
from surtitle.accounts.tokens import AccessTokens
from surtitle.clock import utc_now
from surtitle.db.account_models import OneTimeToken, RefreshToken, Session, User
from surtitle.db.engine import Database
from surtitle.ids import new_id

ACTIVE = "active"
"""The state of a person who may sign in."""

REUSE_GRACE = timedelta(seconds=5)
"""For so long after its use a browser's refresh token gives the same successor again."""

_CSRF = "csrf token"
_SUCCESSOR = "refresh token"
_REFRESH_PREFIX = "rt_"
_SHOWN_AGENT_CHARACTERS = 200
# Long enough to see in one's list what happened last week; then nothing is left of where it came from.
_KEPT_AFTER_THE_END = timedelta(days=7)
_DROPPED_AT_ONCE = 1000


class SessionKind(StrEnum):
    """Who holds the tokens: a program, or a browser in its cookies."""

    TOKEN = "token"  # noqa: S105 - a word, not a secret
    BROWSER = "browser"


class EndedWhy(StrEnum):
    """Why a session ended before its time."""

    SIGNED_OUT = "signed-out"
    SIGNED_OUT_EVERYWHERE = "signed-out-everywhere"
    TOKEN_REUSED = "token-reused"  # noqa: S105
    PASSWORD_CHANGED = "password-changed"  # noqa: S105
    BLOCKED = "blocked"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a sign-in, or its renewal, hands out. Both tokens are secrets."""

    access_token: str
    refresh_token: str
    access_seconds: float
    refresh_seconds: float
    session_id: UUID
    kind: SessionKind


class Sessions:
    """Opens, renews, lists and ends sessions."""

    def __init__(
        self,
        database: Database,
        audit: AuditTrail,
        *,
        tokens: AccessTokens,
        authenticator: Authenticator,
        secrets: Secrets,
        refresh_seconds: float,
    ) -> None:
        self._database = database
        self._tokens = tokens
        self._authenticator = authenticator
        self._audit = audit
        self._secrets = secrets
        self._refresh_seconds = refresh_seconds

    async def open(
        self,
        database: AsyncSession,
        user: User,
        *,
        kind: SessionKind | str = SessionKind.TOKEN,
        address: str | None = None,
        user_agent: str | None = None,
    ) -> SignedIn:
        """A new session of `user` in the caller's transaction; it works once that is committed."""
        now = utc_now()
        session = Session(
            id=new_id(),
            user_id=user.id,
            kind=SessionKind(kind),
            address=address,
            user_agent=_printable(user_agent),
            expires_at=now + timedelta(seconds=self._refresh_seconds),
            created_at=now,
            last_used_at=now,
        )
        database.add(session)
        user.last_login_at = now
        await database.flush()
        deed = Deed("login.succeeded", Principal(user_id=user.id), address, "session", session.id)
        await self._audit.add(database, deed)
        return await self._handed_out(database, session, new_token(_REFRESH_PREFIX))

    async def refresh(self, refresh_token: str, address: str | None) -> SignedIn:
        """Trade a refresh token for new ones. Raises `BadRefreshToken`.

        A used one that comes again was stolen, from the person or by the thief, and nobody can tell
        which: its session ends. But of a browser that sends it twice at once (`REUSE_GRACE`), it does not.
        """
        async with self._database.writing() as database:
            token = await database.get(RefreshToken, token_hash(refresh_token), with_for_update=True)
            session = await database.get(Session, token.session_id) if token else None
            if token is None or session is None or not await _lasts(database, session):
                raise BadRefreshToken
            if token.used_at is None and token.expires_at > utc_now():
                token.used_at = utc_now()
                return await self._handed_out(database, session, self._successor(session, refresh_token))
            if token.used_at is not None:
                successor = self._successor(session, refresh_token)
                if await _may_come_again(database, session, token, successor):
                    return await self._handed(database, session, successor)
                await self._end_reused(database, session, address)
        raise BadRefreshToken

    async def session_of(self, refresh_token: str) -> UUID:
        """Whose session's token it is or was. Raises `BadRefreshToken`."""
        async with self._database.reading() as database:
            token = await database.get(RefreshToken, token_hash(refresh_token))
        if token is None:
            raise BadRefreshToken
        return token.session_id

    async def of(self, user_id: UUID) -> Sequence[Session]:
        """The person's sessions that go on, the newest first."""
        async with self._database.reading() as database:
            user = await database.get_one(User, user_id)
            found = await database.scalars(
                select(Session)
                .where(
                    Session.user_id == user_id,
                    Session.ended_at.is_(None),
                    Session.expires_at > utc_now(),
                    Session.created_at >= user.sessions_from,
                )
                .order_by(Session.id.desc())
            )
            return found.all()

    async def end(self, by: Principal, session_id: UUID, address: str | None) -> None:
        """End one of the caller's sessions; one that has ended stays so. Raises `SessionNotFound`."""
        async with self._database.writing() as database:
            session = await database.get(Session, session_id, with_for_update=True)
            if session is None or session.user_id != by.user_id:
                raise SessionNotFound(session_id)
            if session.ended_at is None:
                await self._end(database, Session.id == session_id, EndedWhy.SIGNED_OUT)
                await self._audit.add(database, Deed("session.ended", by, address, "session", session_id))

    async def end_all(
        self,
        database: AsyncSession,
        user_id: UUID,
        why: EndedWhy | str,
        *,
        but: UUID | None = None,
    ) -> int:
        """End all of a person's sessions, or all but one, in the caller's transaction: how many."""
        theirs = (Session.user_id == user_id) & Session.ended_at.is_(None)
        if but is not None:
            theirs &= Session.id != but
        ended = await self._end(database, theirs, why)
        if but is None:
            # Also for a session that begins at this moment, in a transaction that is not seen from here.
            await database.execute(update(User).where(User.id == user_id).values(sessions_from=utc_now()))
        return ended

    async def look_again(self, database: AsyncSession, user_id: UUID) -> None:
        """A person's rights change in the caller's transaction: heed it here as soon as that is committed."""
        query = select(Session.id).where(Session.user_id == user_id, Session.ended_at.is_(None))
        self._forget_after_commit(database, (await database.scalars(query)).all())

    async def sign_out_everywhere(self, by: Principal, address: str | None) -> int:
        """End all sessions of the caller, the one that asks among them: how many there were."""
        assert by.user_id is not None
        async with self._database.writing() as database:
            ended = await self.end_all(database, by.user_id, EndedWhy.SIGNED_OUT_EVERYWHERE)
            deed = Deed("sessions.ended", by, address, "user", by.user_id, detail={"sessions": ended})
            await self._audit.add(database, deed)
        return ended

    async def sign_out_elsewhere(self, by: Principal, address: str | None) -> int:
        """End all sessions of the caller but the one that asks: how many there were."""
        assert by.user_id is not None
        assert by.session_id is not None
        async with self._database.writing() as database:
            ended = await self.end_all(
                database, by.user_id, EndedWhy.SIGNED_OUT_EVERYWHERE, but=by.session_id
            )
            deed = Deed("sessions.ended", by, address, "user", by.user_id, detail={"sessions": ended})
            await self._audit.add(database, deed)
        return ended

    async def remove_stale(self) -> int:
        """Drop what is over: sessions a week after their end, and links that are out of date."""
        before = utc_now() - _KEPT_AFTER_THE_END
        async with self._database.writing() as database:
            over = (Session.expires_at < before) | (Session.ended_at < before)
            gone = (await database.scalars(select(Session.id).where(over).limit(_DROPPED_AT_ONCE))).all()
            # Refresh tokens go with their session.
            await database.execute(delete(Session).where(Session.id.in_(gone)))
            await database.execute(delete(OneTimeToken).where(OneTimeToken.expires_at < utc_now()))
        return len(gone)

    async def token_age_seconds(self, access_token: str) -> float:
        """How long ago an access token was issued. Raises `BadToken`."""
        said = await self._tokens.read(access_token)
        return max(0.0, time.time() - said.issued_at)

    def csrf_token(self, session_id: UUID) -> str:
        """What pages send along with each change, and another site's page cannot know."""
        return self._secrets.signature(_CSRF, str(session_id))

    def require_csrf(self, session_id: UUID, offered: str) -> None:
        """Raises `CsrfRefused` unless `offered` is the session's token."""
        if not self._secrets.signed(_CSRF, str(session_id), offered):
            raise CsrfRefused

    def _successor(self, session: Session, refresh_token: str) -> str:
        """What comes after a browser's token: found again from it, with our secret, and not kept. A program
        sends no token twice: its next one is nobody's to find.
        """
        if session.kind != SessionKind.BROWSER:
            return new_token(_REFRESH_PREFIX)
        return _REFRESH_PREFIX + self._secrets.signature(_SUCCESSOR, f"{session.id} {refresh_token}")

    async def _handed_out(self, database: AsyncSession, session: Session, refresh_token: str) -> SignedIn:
        now = utc_now()
        expires_at = now + timedelta(seconds=self._refresh_seconds)
        database.add(
            RefreshToken(
                token_hash=token_hash(refresh_token),
                session_id=session.id,
                expires_at=expires_at,
                created_at=now,
            )
        )
        session.last_used_at, session.expires_at = now, expires_at
        return await self._handed(database, session, refresh_token)

    async def _handed(self, database: AsyncSession, session: Session, refresh_token: str) -> SignedIn:
        return SignedIn(
            access_token=await self._tokens.issue(session.user_id, session.id, within=database),
            refresh_token=refresh_token,
            access_seconds=self._tokens.seconds,
            refresh_seconds=self._refresh_seconds,
            session_id=session.id,
            kind=SessionKind(session.kind),
        )

    async def _end_reused(self, database: AsyncSession, session: Session, address: str | None) -> None:
        await self._end(database, Session.id == session.id, EndedWhy.TOKEN_REUSED)
        deed = Deed("session.token-reused", None, address, "session", session.id, outcome=Outcome.REFUSED)
        await self._audit.add(database, deed)

    async def _end(self, database: AsyncSession, which: ColumnElement[bool], why: EndedWhy | str) -> int:
        ended = (await database.scalars(select(Session.id).where(which))).all()
        await database.execute(update(Session).where(which).values(ended_at=utc_now(), ended_why=str(why)))
        self._forget_after_commit(database, ended)
        return len(ended)

    def _forget_after_commit(self, database: AsyncSession, session_ids: Sequence[UUID]) -> None:
        """Sooner, and a request in between would find the session alive and remember it again."""

        def forget(_session: object) -> None:
            for session_id in session_ids:
                self._authenticator.forget_session(session_id)

        event.listen(database.sync_session, "after_commit", forget, once=True)


async def _lasts(database: AsyncSession, session: Session) -> bool:
    user = await database.get_one(User, session.user_id)
    in_time = session.ended_at is None and session.expires_at > utc_now()
    return in_time and user.state == ACTIVE and session.created_at >= user.sessions_from


async def _may_come_again(
    database: AsyncSession, session: Session, token: RefreshToken, successor: str
) -> bool:
    """Whether a used token is that of another tab, which asked at the same moment."""
    assert token.used_at is not None
    if session.kind != SessionKind.BROWSER or utc_now() - token.used_at > REUSE_GRACE:
        return False
    follows = await database.get(RefreshToken, token_hash(successor))
    return follows is not None and follows.used_at is None


def _printable(user_agent: str | None) -> str | None:
    """What a browser calls itself, cut to a line: it is shown to its owner, and could be anything."""
    if user_agent is None:
        return None
    return "".join(sign if sign.isprintable() else "?" for sign in user_agent)[:_SHOWN_AGENT_CHARACTERS]
