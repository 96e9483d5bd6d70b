"""The account of a person whom an OpenID Connect provider sends: linked, found by e-mail, or made."""

from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts import one_time
from surtitle.accounts.access import Principal
from surtitle.accounts.audit import AuditTrail, Deed
from surtitle.accounts.emails import canonical
from surtitle.accounts.errors import RegistrationClosed
from surtitle.accounts.identities import Identities
from surtitle.accounts.invitations import Invitations
from surtitle.accounts.names import checked_name
from surtitle.accounts.one_time import Purpose
from surtitle.accounts.openid_errors import (
    AccountHasEmail,
    AccountNotOpen,
    EmailNotVerified,
)
from surtitle.accounts.openid_tokens import Person
from surtitle.accounts.sessions import ACTIVE, EndedWhy, Sessions
from surtitle.accounts.sign_in import Visitor
from surtitle.accounts.users import UNCONFIRMED, Users, with_email
from surtitle.config import Settings
from surtitle.db.account_models import User
from surtitle.errors import Invalid


class OpenIdAccounts:
    """Decides who may come in, and as whom."""

    def __init__(
        self,
        settings: Settings,
        audit: AuditTrail,
        *,
        users: Users,
        sessions: Sessions,
        identities: Identities,
        invitations: Invitations,
    ) -> None:
        self._settings = settings
        self._users = users
        self._sessions = sessions
        self._identities = identities
        self._invitations = invitations
        self._audit = audit

    async def account_of(
        self, session: AsyncSession, person: Person, invitation: str | None, visitor: Visitor
    ) -> User:
        """Whom `person` signs in as, linked and open, in the caller's transaction.

        Raises `AccountHasEmail`, `AccountNotOpen`, `EmailNotVerified`, `RegistrationClosed`, and what an
        invitation raises; then the transaction must not be committed.
        """
        user = await self._identities.user_of(session, person)
        if user is None:
            email = self._verified_email(person)
            user = await with_email(session, canonical(email))
            if user is None:
                user = await self._made(session, person, email, invitation, visitor)
            elif user.state == UNCONFIRMED:
                await self._taken_over(session, user)
            elif not self._settings.openid.link_by_email:
                raise AccountHasEmail
            await self._identities.link(session, person, user, visitor.address)
        if user.state != ACTIVE:
            raise AccountNotOpen
        return user

    def _verified_email(self, person: Person) -> str:
        verified = person.email_verified or self._settings.openid.emails_are_verified
        if person.email is None or not verified:
            raise EmailNotVerified
        return person.email

    async def _made(
        self, session: AsyncSession, person: Person, email: str, invitation: str | None, visitor: Visitor
    ) -> User:
        self._require_open(invitation)
        user = await self._users.add(session, email, name=_name(person), language=visitor.language)
        if invitation:
            await self._invitations.accept(session, invitation, user, visitor.address)
        deed = Deed("user.registered", Principal(user_id=user.id), visitor.address, "user", user.id)
        await self._audit.add(session, deed)
        return user

    async def _taken_over(self, session: AsyncSession, user: User) -> None:
        """Whoever registered with this e-mail has not shown that it is theirs; `person` has."""
        self._require_open(None)
        user.state, user.password_hash = ACTIVE, None
        await one_time.forget(session, Purpose.CONFIRM, user.id)
        await self._sessions.end_all(session, user.id, EndedWhy.PASSWORD_CHANGED)

    def _require_open(self, invitation: str | None) -> None:
        how = self._settings.accounts.registration
        invited = bool(invitation) or self._settings.openid.create_users
        if how == "closed" or (how == "invitation" and not invited):
            raise RegistrationClosed(by_invitation=how == "invitation")


def _name(person: Person) -> str | None:
    """What the provider calls the person, where a profile can be called so."""
    try:
        return checked_name(person.name) if person.name else None
    except Invalid:
        return None
