"""An address becomes a person's once they have followed the link that was mailed to it."""

from datetime import timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts import one_time
from surtitle.accounts.access import Principal
from surtitle.accounts.audit import AuditTrail, Deed
from surtitle.accounts.emails import as_written, canonical
from surtitle.accounts.errors import BadLink
from surtitle.accounts.letters import Letters
from surtitle.accounts.one_time import Purpose
from surtitle.accounts.post import Post, To
from surtitle.accounts.sessions import ACTIVE
from surtitle.accounts.users import UNCONFIRMED, existing, with_email
from surtitle.db.account_models import User
from surtitle.db.engine import Database

LASTS = timedelta(hours=24)
_TAKEN = "The address belongs to another account by now."


class Confirmations:
    """Asks whether an address is a person's own, and takes the answer."""

    def __init__(self, database: Database, audit: AuditTrail, post: Post, letters: Letters) -> None:
        self._database = database
        self._audit = audit
        self._post = post
        self._letters = letters

    async def ask(self, session: AsyncSession, user: User, email: str) -> None:
        """Write to `email`, in the caller's transaction. Older links are void."""
        await one_time.forget(session, Purpose.CONFIRM, user.id)
        data = {"email": as_written(email)}
        token = await one_time.issue(session, Purpose.CONFIRM, LASTS, user.id, data)
        await self._post.put(
            session, self._letters.confirm_email(token, LASTS), To(as_written(email), user.id)
        )

    async def confirm(self, token: str, address: str | None) -> None:
        """The address is the person's from now on. Raises `BadLink`, also when another has it meanwhile."""
        async with self._database.writing() as session:
            # The person first: whoever sets a password holds them too while such links go.
            waiting = await one_time.good(session, Purpose.CONFIRM, token)
            assert waiting.user_id is not None
            user = await existing(session, waiting.user_id, hold=True)
            link = await one_time.take(session, Purpose.CONFIRM, token)
            before = user.email
            changed = await self._give(session, user, link.data["email"])
            user.state = ACTIVE if user.state == UNCONFIRMED else user.state
            action = "email.changed" if changed else "email.confirmed"
            by = Principal(user_id=user.id)
            await self._audit.add(session, Deed(action, by, address, "user", user.id))
            if changed and before is not None:
                await self._post.put(session, self._letters.email_was_changed(), To(before, user.id))

    async def _give(self, session: AsyncSession, user: User, email: str) -> bool:
        key = canonical(email)
        if key == user.email_key:
            user.email = email
            return False
        if await with_email(session, key) is not None:
            raise BadLink(_TAKEN)
        user.email, user.email_key = email, key
        try:
            await session.flush()
        except IntegrityError:
            # By another transaction at the same moment.
            raise BadLink(_TAKEN) from None
        await one_time.forget(session, Purpose.RESET, user.id)
        return True
