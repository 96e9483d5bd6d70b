"""The people of an installation: added, found, given a role, kept out."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts import one_time
from surtitle.accounts.access import Principal, ProjectRole, Role
from surtitle.accounts.audit import AuditTrail, Deed
from surtitle.accounts.emails import as_written, canonical
from surtitle.accounts.errors import EmailTaken, LastAdministrator, PersonalInstallation, UserNotFound
from surtitle.accounts.one_time import Purpose
from surtitle.accounts.passwords import Passwords
from surtitle.accounts.project_rows import unowned_personal
from surtitle.accounts.sessions import ACTIVE, EndedWhy, Sessions
from surtitle.clock import utc_now
from surtitle.db.account_models import Membership, User
from surtitle.db.engine import Database
from surtitle.ids import new_id
from surtitle.paging import Page, decode_cursor, encode_cursor

BLOCKED = "blocked"
"""The state of a person whom an administrator keeps out."""
UNCONFIRMED = "unconfirmed"
"""The state of a person who has registered and not yet followed the link in the mail."""

FIRST_PROFILE = "Default"
"""What a person's profile is called until they name it."""
FIRST_LANGUAGE = "en"
"""Of a first profile, where nobody knows what the person reads."""

MakesFirstProject = Callable[[AsyncSession, User], Awaitable[object]]
MakesFirstProfile = Callable[[AsyncSession, User, str, str], Awaitable[object]]
"""Given the profile's name and language."""


class Users:
    """All accounts. Whoever adds one also gives it a project and a profile, in the same transaction."""

    def __init__(
        self,
        database: Database,
        audit: AuditTrail,
        *,
        passwords: Passwords,
        sessions: Sessions,
        first_project: MakesFirstProject,
        first_profile: MakesFirstProfile,
    ) -> None:
        self._database = database
        self._audit = audit
        self._passwords = passwords
        self._sessions = sessions
        self._first_project = first_project
        self._first_profile = first_profile

    async def add(
        self,
        session: AsyncSession,
        email: str,
        *,
        password_hash: str | None = None,
        role: Role = Role.USER,
        state: str = ACTIVE,
        name: str | None = None,
        language: str = FIRST_LANGUAGE,
    ) -> User:
        """A new person, in the caller's transaction. Without a password one comes by other ways.

        Raises `EmailTaken`; then the transaction must not be committed. `Invalid` for what is no e-mail.
        """
        key = canonical(email)
        if await with_email(session, key) is not None:
            raise EmailTaken
        user = User(
            id=new_id(),
            email=as_written(email),
            email_key=key,
            password_hash=password_hash,
            role=role,
            state=state,
            created_at=utc_now(),
            sessions_from=utc_now(),
        )
        session.add(user)
        try:
            await session.flush()
        except IntegrityError:
            # The same address at the same moment, in a transaction that is not seen from here.
            raise EmailTaken from None
        await self._first_project(session, user)
        await self._first_profile(session, user, name or FIRST_PROFILE, language)
        return user

    async def create(self, by: Principal, email: str, password: str, role: Role, address: str | None) -> User:
        """An account made by an administrator. Raises `EmailTaken`, `WeakPassword`."""
        canonical(email)
        hashed = await self._passwords.chosen(password, email)
        async with self._database.writing() as session:
            user = await self.add(session, email, password_hash=hashed, role=role)
            deed = Deed("user.created", by, address, "user", user.id, detail={"role": role})
            await self._audit.add(session, deed)
        return user

    async def get(self, user_id: UUID | None) -> User:
        """Raises `UserNotFound`, and `PersonalInstallation` for its owner, who has no account."""
        if user_id is None:
            raise PersonalInstallation
        async with self._database.reading() as session:
            return await existing(session, user_id)

    async def named(self, email: str) -> User:
        """Whoever has this e-mail. Raises `UserNotFound`, `Invalid` for what is no e-mail."""
        async with self._database.reading() as session:
            user = await with_email(session, canonical(email))
        if user is None:
            raise UserNotFound(email)
        return user

    async def page(self, cursor: str | None, limit: int, search: str | None = None) -> Page[User]:
        """People whose e-mail holds `search`, the newest first."""
        query = select(User).order_by(User.id.desc()).limit(limit + 1)
        if search:
            query = query.where(User.email_key.contains(search.casefold(), autoescape=True))
        if cursor:
            query = query.where(User.id < decode_cursor(cursor))
        async with self._database.reading() as session:
            found = (await session.scalars(query)).all()
        shown = found[:limit]
        return Page(shown, encode_cursor(shown[-1].id) if len(found) > limit else None)

    async def set_role(self, by: Principal, user_id: UUID, role: Role, address: str | None) -> User:
        """Raises `LastAdministrator`. Sessions go on, by the new role; the first administrator also gets
        the project in which a personal installation has kept everything.
        """
        async with self._database.writing() as session:
            others = await other_administrators(session, user_id)
            user = await existing(session, user_id, hold=True)
            if user.role == role:
                return user
            _require_another(others, user)
            detail = {"from": user.role, "to": str(role)}
            user.role = role
            if role == Role.ADMIN and (project := await unowned_personal(session)):
                member = Membership(project_id=project.id, user_id=user_id, role=ProjectRole.OWNER)
                session.add(member)
            await self._sessions.look_again(session, user_id)
            await self._audit.add(
                session, Deed("user.role-changed", by, address, "user", user_id, detail=detail)
            )
        return user

    async def set_blocked(self, by: Principal, user_id: UUID, blocked: bool, address: str | None) -> User:
        """Keep a person out, and end their sessions; or let them in again. Raises `LastAdministrator`."""
        async with self._database.writing() as session:
            others = await other_administrators(session, user_id)
            user = await existing(session, user_id, hold=True)
            state = BLOCKED if blocked else ACTIVE
            if user.email_key is None or user.state == state:
                return user
            if blocked:
                _require_another(others, user)
                await self._sessions.end_all(session, user_id, EndedWhy.BLOCKED)
            user.state = state
            action = "user.blocked" if blocked else "user.unblocked"
            await self._audit.add(session, Deed(action, by, address, "user", user_id))
        return user

    async def set_password(self, by: Principal, user_id: UUID, password: str, address: str | None) -> None:
        """By whoever runs the installation, for a person who cannot. All their sessions end."""
        user = await self.get(user_id)
        hashed = await self._passwords.chosen(password, user.email or "")
        async with self._database.writing() as session:
            user = await existing(session, user_id, hold=True)
            user.password_hash = hashed
            if user.state != UNCONFIRMED:
                # Not the link by which a newcomer is to come in.
                await one_time.forget(session, Purpose.CONFIRM, user_id)
            await self._sessions.end_all(session, user_id, EndedWhy.PASSWORD_CHANGED)
            await self._audit.add(session, Deed("password.set", by, address, "user", user_id))


async def existing(session: AsyncSession, user_id: UUID, *, hold: bool = False) -> User:
    """The person; with `hold` until the transaction ends. Raises `UserNotFound`."""
    user = await session.get(User, user_id, with_for_update=hold)
    if user is None:
        raise UserNotFound(user_id)
    return user


async def with_email(session: AsyncSession, email_key: str) -> User | None:
    """Whoever has this e-mail, in its canonical form."""
    return await session.scalar(select(User).where(User.email_key == email_key))


async def other_administrators(session: AsyncSession, but: UUID | None = None) -> int:
    """How many people can administer the installation, apart from one; they stay so in this transaction."""
    query = select(User.id).where(User.role == Role.ADMIN, User.state == ACTIVE)
    # In order, so that two transactions do not each wait for the other.
    found = await session.scalars(query.order_by(User.id).with_for_update())
    return len([one for one in found if one != but])


def _require_another(others: int, user: User) -> None:
    if not others and user.role == Role.ADMIN and user.state == ACTIVE:
        raise LastAdministrator
