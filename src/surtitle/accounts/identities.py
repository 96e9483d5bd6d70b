"""Which person at an OpenID Connect provider is which person here."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.access import Principal
from surtitle.accounts.audit import AuditTrail, Deed
from surtitle.accounts.openid_errors import IdentityNotFound, IdentityTaken, LastWayIn
from surtitle.accounts.openid_tokens import Person
from surtitle.accounts.project_rows import person
from surtitle.accounts.users import existing
from surtitle.db.account_models import Identity, User
from surtitle.db.engine import Database

_ID_CHARACTERS = 32


@dataclass(frozen=True, slots=True)
class LinkedIdentity:
    """A person's identity at a provider, as they see it."""

    id: str
    issuer: str
    created_at: datetime


class Identities:
    """Links people with who they are at providers, and takes links away."""

    def __init__(self, database: Database, audit: AuditTrail) -> None:
        self._database = database
        self._audit = audit

    async def user_of(self, session: AsyncSession, someone: Person) -> User | None:
        """Who here is linked with `someone`."""
        known = await session.get(Identity, (someone.issuer, someone.subject))
        return await session.get(User, known.user_id) if known else None

    async def link(self, session: AsyncSession, someone: Person, user: User, address: str | None) -> None:
        """Let `someone` sign in as `user` from now on, in the caller's transaction.

        Raises `IdentityTaken` where another account is linked already; for this one nothing changes.
        """
        known = await session.get(Identity, (someone.issuer, someone.subject))
        if known is not None and known.user_id != user.id:
            raise IdentityTaken
        if known is not None:
            return
        session.add(Identity(issuer=someone.issuer, subject=someone.subject, user_id=user.id))
        await session.flush()
        await self._tell(session, "identity.linked", Principal(user_id=user.id), user.id, address)

    async def of(self, by: Principal) -> Sequence[LinkedIdentity]:
        """The caller's identities, the oldest first."""
        user_id = person(by)
        async with self._database.reading() as session:
            found = await session.scalars(
                select(Identity).where(Identity.user_id == user_id).order_by(Identity.created_at)
            )
            return [LinkedIdentity(_id_of(one), one.issuer, one.created_at) for one in found]

    async def unlink(self, by: Principal, identity_id: str, address: str | None) -> None:
        """Raises `IdentityNotFound`, and `LastWayIn` for the only one of a person without a password."""
        user_id = person(by)
        async with self._database.writing() as session:
            user = await existing(session, user_id, hold=True)
            found = await session.scalars(select(Identity).where(Identity.user_id == user_id))
            identity = next((one for one in found if _id_of(one) == identity_id), None)
            if identity is None:
                raise IdentityNotFound(identity_id)
            count = await session.scalar(
                select(func.count()).select_from(Identity).where(Identity.user_id == user_id)
            )
            if user.password_hash is None and count == 1:
                raise LastWayIn
            await session.delete(identity)
            await self._tell(session, "identity.unlinked", by, user_id, address)

    async def _tell(
        self, session: AsyncSession, action: str, by: Principal, user_id: UUID, address: str | None
    ) -> None:
        await self._audit.add(session, Deed(action, by, address, "user", user_id))


def _id_of(identity: Identity) -> str:
    """A name for links: what the provider calls a person may be anything."""
    told = f"{identity.issuer}\n{identity.subject}"
    return hashlib.sha256(told.encode(errors="surrogatepass")).hexdigest()[:_ID_CHARACTERS]
