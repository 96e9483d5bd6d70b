"""Registering: who may, and an answer that does not tell whether the address was known.

With `accounts.confirm_email` nothing tells it. Without, whoever registers an address and then tries to
sign in with the password they chose learns it, as they must: the account works at once.
"""

from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from surtitle.accounts.access import Principal
from surtitle.accounts.audit import AuditTrail, Deed, Outcome
from surtitle.accounts.confirmations import Confirmations
from surtitle.accounts.emails import as_written, canonical
from surtitle.accounts.errors import EmailTaken, RegistrationClosed
from surtitle.accounts.invitations import Invitations
from surtitle.accounts.letters import Letters
from surtitle.accounts.names import checked_name
from surtitle.accounts.passwords import Passwords
from surtitle.accounts.post import Post, To
from surtitle.accounts.sessions import ACTIVE
from surtitle.accounts.short_memory import ShortMemory
from surtitle.accounts.users import BLOCKED, FIRST_LANGUAGE, UNCONFIRMED, Users, with_email
from surtitle.config import AccountSettings
from surtitle.db.engine import Database
from surtitle.ids import new_id

_TOLD_EVERY_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Who wants an account. `invitation` is the token of one; `language` is what they read while they ask."""

    email: str
    password: str
    name: str | None = None
    invitation: str | None = None
    language: str = FIRST_LANGUAGE


@dataclass(frozen=True, slots=True)
class Registered:
    """What is answered, to whomever. For an address that has an account `user_id` is nobody's."""

    user_id: UUID
    email: str
    to_be_confirmed: bool


class Registration:
    """Makes accounts for people who come by themselves, if the settings let them."""

    def __init__(
        self,
        database: Database,
        audit: AuditTrail,
        *,
        settings: AccountSettings,
        users: Users,
        passwords: Passwords,
        invitations: Invitations,
        confirmations: Confirmations,
        post: Post,
        letters: Letters,
    ) -> None:
        self._database = database
        self._audit = audit
        self._settings = settings
        self._users = users
        self._passwords = passwords
        self._invitations = invitations
        self._confirmations = confirmations
        self._post = post
        self._letters = letters
        self._told: ShortMemory[bool] = ShortMemory(_TOLD_EVERY_SECONDS)

    async def register(self, wish: NewPerson, address: str | None) -> Registered:
        """An account; or, for an address that has one, the same answer, and a mail to its owner.

        Raises `RegistrationClosed`, `WeakPassword`, `Invalid`, and what an invitation raises.
        """
        self._require_open(wish)
        key = canonical(wish.email)
        # All that can be wrong is found before the address is looked up, or would be told of new ones only.
        name = checked_name(wish.name) if wish.name and not wish.name.isspace() else None
        if wish.invitation:
            async with self._database.reading() as session:
                await self._invitations.require_open(session, wish.invitation, key)
        hashed = await self._passwords.chosen(wish.password, wish.email)
        try:
            user_id = await self._added(replace(wish, name=name), hashed, address)
        except EmailTaken:
            user_id = await self._known(key, address)
        return Registered(user_id, as_written(wish.email), self._settings.confirm_email)

    def _require_open(self, wish: NewPerson) -> None:
        how: Literal["open", "invitation", "closed"] = self._settings.registration
        if how == "closed" or (how == "invitation" and not wish.invitation):
            raise RegistrationClosed(by_invitation=how == "invitation")

    async def _added(self, wish: NewPerson, hashed: str, address: str | None) -> UUID:
        state = UNCONFIRMED if self._settings.confirm_email else ACTIVE
        async with self._database.writing() as session:
            user = await self._users.add(
                session,
                wish.email,
                password_hash=hashed,
                state=state,
                name=wish.name,
                language=wish.language,
            )
            if wish.invitation:
                await self._invitations.accept(session, wish.invitation, user, address)
            by = Principal(user_id=user.id)
            await self._audit.add(session, Deed("user.registered", by, address, "user", user.id))
            if state == UNCONFIRMED:
                await self._confirmations.ask(session, user, wish.email)
        return user.id

    async def _known(self, key: str, address: str | None) -> UUID:
        """Nothing for whoever asked; the owner gets a mail, but not one after the other."""
        async with self._database.writing() as session:
            user = await with_email(session, key)
            who = user.id if user else None
            deed = Deed("registration.refused", None, address, "user", who, outcome=Outcome.REFUSED)
            await self._audit.add(session, deed)
            if user is not None and user.email and user.state != BLOCKED and not self._told.recall(key):
                self._told.keep(key, True)
                await self._post.put(session, self._letters.known_already(), To(user.email, user.id))
        return new_id()
