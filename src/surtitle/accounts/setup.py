"""The first administrator where people sign in: by a link that the operator is shown."""

from datetime import timedelta

from surtitle.accounts import one_time
from surtitle.accounts.access import Principal, Role
from surtitle.accounts.audit import AuditTrail, Deed
from surtitle.accounts.errors import AlreadySetUp
from surtitle.accounts.one_time import Purpose
from surtitle.accounts.passwords import Passwords
from surtitle.accounts.users import FIRST_LANGUAGE, Users, other_administrators
from surtitle.db.account_models import User
from surtitle.db.engine import Database

LASTS = timedelta(hours=24)


class Setup:
    """Offers links while there is no administrator, and takes the first of them that is followed."""

    def __init__(self, database: Database, audit: AuditTrail, users: Users, passwords: Passwords) -> None:
        self._database = database
        self._audit = audit
        self._users = users
        self._passwords = passwords

    async def offer(self) -> str | None:
        """The token of a link, to be shown to the operator; None once there is an administrator."""
        async with self._database.writing() as session:
            if await other_administrators(session):
                return None
            return await one_time.issue(session, Purpose.SETUP, LASTS)

    async def complete(
        self,
        token: str,
        email: str,
        password: str,
        address: str | None,
        language: str = FIRST_LANGUAGE,
    ) -> User:
        """The first administrator, to whom everything belongs that was there before.

        Raises `AlreadySetUp`, `BadLink`, `EmailTaken`, `WeakPassword`.
        """
        async with self._database.reading() as session:
            await one_time.good(session, Purpose.SETUP, token)
        hashed = await self._passwords.chosen(password, email)
        async with self._database.writing() as session:
            # Holding the link, so that of two at once one waits and then finds an administrator.
            await one_time.take(session, Purpose.SETUP, token)
            if await other_administrators(session):
                raise AlreadySetUp
            user = await self._users.add(
                session, email, password_hash=hashed, role=Role.ADMIN, language=language
            )
            by = Principal(role=Role.ADMIN, user_id=user.id)
            await self._audit.add(session, Deed("installation.set-up", by, address, "user", user.id))
        return user
