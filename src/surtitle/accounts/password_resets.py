"""A new password for who has forgotten theirs: a link by mail, which works once."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts import one_time
from surtitle.accounts.access import Principal
from surtitle.accounts.audit import AuditTrail, Deed, Outcome
from surtitle.accounts.letters import Letters
from surtitle.accounts.one_time import Purpose
from surtitle.accounts.passwords import Passwords
from surtitle.accounts.post import Post, To
from surtitle.accounts.sessions import ACTIVE, EndedWhy, Sessions
from surtitle.accounts.sign_in import account_name
from surtitle.accounts.throttle import Throttle
from surtitle.accounts.users import UNCONFIRMED, existing, with_email
from surtitle.db.account_models import User
from surtitle.db.engine import Database

LASTS = timedelta(hours=1)
_AGAIN_AFTER = timedelta(minutes=1)
_MOST_OPEN = 5


class PasswordResets:
    """Sends links to who asks, and takes the new passwords that come back."""

    def __init__(
        self,
        database: Database,
        audit: AuditTrail,
        *,
        passwords: Passwords,
        throttle: Throttle,
        sessions: Sessions,
        post: Post,
        letters: Letters,
    ) -> None:
        self._database = database
        self._audit = audit
        self._passwords = passwords
        self._throttle = throttle
        self._sessions = sessions
        self._post = post
        self._letters = letters

    async def ask(self, email: str, address: str | None) -> None:
        """Mail a link, if there is such an account. Nothing that is answered says whether there is.

        The mail goes to the address as the account has it, not as it was typed here.
        """
        async with self._database.writing() as session:
            user = await with_email(session, account_name(email))
            may = user is not None and await self._may_have_one(session, user)
            if user is not None and may:
                await self._write(session, user)
            who = user.id if user else None
            outcome = Outcome.DONE if may else Outcome.REFUSED
            deed = Deed("password-reset.asked", None, address, "user", who, outcome=outcome)
            await self._audit.add(session, deed)

    async def confirm(self, token: str, password: str, address: str | None) -> None:
        """Set the password; everybody who used the account is signed out. Raises `BadLink`, `WeakPassword`.

        Whoever follows the link has the mailbox: an address that waited for it is confirmed by that.
        """
        user = await self._person_of(token)
        hashed = await self._passwords.chosen(password, user.email or "")
        async with self._database.writing() as session:
            user = await existing(session, user.id, hold=True)
            await one_time.take(session, Purpose.RESET, token)
            user.password_hash = hashed
            user.state = ACTIVE if user.state == UNCONFIRMED else user.state
            await one_time.forget(session, Purpose.RESET, user.id)
            # Whoever knew the password before may wait to give the account an address of their own.
            await one_time.forget(session, Purpose.CONFIRM, user.id)
            await self._sessions.end_all(session, user.id, EndedWhy.PASSWORD_CHANGED)
            by = Principal(user_id=user.id)
            await self._audit.add(session, Deed("password.reset", by, address, "user", user.id))
            if user.email is not None:
                await self._post.put(session, self._letters.password_was_set(), To(user.email, user.id))
        if user.email_key is not None:
            # Who locked themselves out by forgetting it need not wait any longer.
            await self._throttle.succeeded(user.email_key, address)

    async def _write(self, session: AsyncSession, user: User) -> None:
        token = await one_time.issue(session, Purpose.RESET, LASTS, user.id)
        if user.email is not None:
            await self._post.put(session, self._letters.new_password(token, LASTS), To(user.email, user.id))

    async def _person_of(self, token: str) -> User:
        """Before the password is hashed: that is no work to do for a made-up link."""
        async with self._database.reading() as session:
            link = await one_time.good(session, Purpose.RESET, token)
            assert link.user_id is not None
            return await existing(session, link.user_id)

    async def _may_have_one(self, session: AsyncSession, user: User) -> bool:
        """Nobody's mailbox is to be filled by somebody else, nor a blocked person to come back."""
        if user.state not in {ACTIVE, UNCONFIRMED}:
            return False
        lately = await one_time.issued_lately(session, Purpose.RESET, user.id, _AGAIN_AFTER)
        return (
            not lately and await one_time.issued_lately(session, Purpose.RESET, user.id, LASTS) < _MOST_OPEN
        )
