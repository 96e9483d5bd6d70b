"""What people change about their own accounts."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts import one_time
from surtitle.accounts.access import Principal
from surtitle.accounts.audit import AuditTrail, Deed, Outcome
from surtitle.accounts.confirmations import Confirmations
from surtitle.accounts.emails import as_written, canonical
from surtitle.accounts.errors import PersonalInstallation, WrongPassword
from surtitle.accounts.letter_limits import LetterLimits
from surtitle.accounts.letters import Letters
from surtitle.accounts.one_time import Purpose
from surtitle.accounts.passwords import Passwords
from surtitle.accounts.post import Post, To
from surtitle.accounts.sessions import EndedWhy, Sessions
from surtitle.accounts.throttle import Throttle
from surtitle.accounts.users import existing, with_email
from surtitle.db.account_models import User
from surtitle.db.engine import Database


class OwnAccount:
    """Changes that need the password again: a session alone may be somebody else's hand on the mouse."""

    def __init__(
        self,
        database: Database,
        audit: AuditTrail,
        *,
        passwords: Passwords,
        throttle: Throttle,
        sessions: Sessions,
        confirmations: Confirmations,
        post: Post,
        letters: Letters,
        letter_limits: LetterLimits,
    ) -> None:
        self._database = database
        self._audit = audit
        self._passwords = passwords
        self._throttle = throttle
        self._sessions = sessions
        self._confirmations = confirmations
        self._post = post
        self._letters = letters
        self._letter_limits = letter_limits

    async def change_password(self, by: Principal, present: str, new: str, address: str | None) -> None:
        """All other sessions end. Raises `WrongPassword`, `WeakPassword`, `TooManyAttempts`."""
        user = await self.proved(by, present, address)
        hashed = await self._passwords.chosen(new, user.email or "")
        async with self._database.writing() as session:
            changed = await _still(session, user)
            changed.password_hash = hashed
            await one_time.forget(session, Purpose.CONFIRM, user.id)
            await self._sessions.end_all(session, user.id, EndedWhy.PASSWORD_CHANGED, but=by.session_id)
            await self._audit.add(session, Deed("password.changed", by, address, "user", user.id))
            if user.email is not None:
                await self._post.put(session, self._letters.password_was_set(), To(user.email, user.id))

    async def ask_for_email(self, by: Principal, email: str, password: str, address: str | None) -> None:
        """Mail a link to the new address, which is theirs once they follow it; until then the old one is.

        Whether another account has the address is not told: its owner is. Raises `WrongPassword`,
        `Invalid`, `TooManyAttempts`, `TooManyLetters`.
        """
        key = canonical(email)
        user = await self.proved(by, password, address)
        await self._letter_limits.spend(user.id, key)
        async with self._database.writing() as session:
            present = await _still(session, user)
            taken = await with_email(session, key)
            if taken is not None and taken.id != user.id:
                await self._post.put(session, self._letters.known_already(), To(as_written(email), taken.id))
            else:
                await self._confirmations.ask(session, present, email)
            await self._audit.add(session, Deed("email.change-asked", by, address, "user", user.id))

    async def proved(self, by: Principal, password: str, address: str | None) -> User:
        """The caller, whose password this is. Raises `WrongPassword`, `TooManyAttempts`."""
        user = await self._caller(by.user_id)
        name = f"password:{user.id}"
        await self._throttle.check(name, address)
        if not (await self._passwords.verified(password, user.password_hash)).right:
            await self._throttle.failed(name, address)
            deed = Deed("password.refused", by, address, "user", user.id, outcome=Outcome.REFUSED)
            await self._audit.tell(deed)
            raise WrongPassword
        await self._throttle.succeeded(name, address)
        return user

    async def _caller(self, user_id: UUID | None) -> User:
        if user_id is None:
            raise PersonalInstallation
        async with self._database.reading() as session:
            return await existing(session, user_id)


async def _still(session: AsyncSession, proved: User) -> User:
    """The person, held until the transaction ends. Raises `WrongPassword` when another was set since it was
    proved: whoever did that has shut out everybody who knew the one before.
    """
    user = await existing(session, proved.id, hold=True)
    if user.password_hash != proved.password_hash:
        raise WrongPassword
    return user
