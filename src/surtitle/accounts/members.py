"""Who works in a project, and in which part."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, and_, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.access import Principal, ProjectRole, Role
from surtitle.accounts.audit import AuditTrail, Deed
from surtitle.accounts.authentication import Authenticator
from surtitle.accounts.project_errors import LastOwner, MemberNotFound
from surtitle.accounts.project_rows import locked_project, owners, person
from surtitle.accounts.sessions import ACTIVE
from surtitle.db.account_models import Invitation, Membership, Profile, User
from surtitle.db.engine import Database
from surtitle.paging import Page, decode_cursor, encode_cursor

_RANKS = {ProjectRole.VIEWER: 0, ProjectRole.EDITOR: 1, ProjectRole.OWNER: 2}


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a project. `name` is that of their default profile."""

    user_id: UUID
    role: ProjectRole
    name: str | None
    email: str | None
    since: datetime


class Members:
    """Members of all projects. Whether the caller may do a thing is `accounts.access`'s to say, before."""

    def __init__(self, database: Database, audit: AuditTrail, authenticator: Authenticator) -> None:
        self._database = database
        self._audit = audit
        self._authenticator = authenticator

    async def page(self, project_id: UUID, cursor: str | None, limit: int) -> Page[Member]:
        """In the order of their accounts, the oldest first."""
        query = _members(project_id)
        if cursor:
            query = query.where(Membership.user_id > decode_cursor(cursor))
        async with self._database.reading() as session:
            rows = (await session.execute(query.order_by(Membership.user_id).limit(limit + 1))).all()
        shown = [_member(row) for row in rows[:limit]]
        return Page(shown, encode_cursor(shown[-1].user_id) if len(rows) > limit else None)

    async def get(self, project_id: UUID, user_id: UUID) -> Member:
        """Raises `MemberNotFound`, the same for a person who is elsewhere and for nobody."""
        async with self._database.reading() as session:
            row = (
                await session.execute(_members(project_id).where(Membership.user_id == user_id))
            ).one_or_none()
        if row is None:
            raise MemberNotFound(project_id, user_id)
        return _member(row)

    async def set_role(
        self, by: Principal, project_id: UUID, user_id: UUID, role: ProjectRole, address: str | None
    ) -> Member:
        """Give a member another part. An administrator can bring in any person so; others invite.

        Raises `MemberNotFound`, `LastOwner`.
        """
        async with self._database.writing() as session:
            await locked_project(session, project_id)
            member = await session.get(Membership, (project_id, user_id))
            if member is None:
                wanted = Membership(project_id=project_id, user_id=user_id, role=role)
                await self._bring_in(session, by, wanted, address)
            elif member.role != role:
                if role != ProjectRole.OWNER:
                    await _require_other_owner(session, member)
                    await _void_invitations(session, project_id, user_id)
                member.role = role
                await self._audit.add(session, _deed("member.role-changed", by, address, member))
        self._authenticator.forget_everybody()
        return await self.get(project_id, user_id)

    async def remove(self, by: Principal, project_id: UUID, user_id: UUID, address: str | None) -> None:
        """Take a member out. What they made stays. Raises `MemberNotFound`, `LastOwner`."""
        action = "member.left" if user_id == by.user_id else "member.removed"
        async with self._database.writing() as session:
            await locked_project(session, project_id)
            member = await session.get(Membership, (project_id, user_id))
            if member is None:
                raise MemberNotFound(project_id, user_id)
            await _require_other_owner(session, member)
            await _void_invitations(session, project_id, user_id)
            await session.delete(member)
            user = await session.get_one(User, user_id)
            if user.default_project_id == project_id:
                user.default_project_id = None
            await self._audit.add(session, _deed(action, by, address, member))
        self._authenticator.forget_everybody()

    async def leave(self, by: Principal, project_id: UUID, address: str | None) -> None:
        """The caller leaves. Raises `MemberNotFound`, `LastOwner`."""
        await self.remove(by, project_id, person(by), address)

    async def join(
        self, session: AsyncSession, by: Principal, project_id: UUID, role: ProjectRole, address: str | None
    ) -> None:
        """The caller joins within a transaction. Who is a member already loses nothing by it."""
        user_id = person(by)
        await locked_project(session, project_id)
        member = await session.get(Membership, (project_id, user_id))
        if member is None:
            member = Membership(project_id=project_id, user_id=user_id, role=role)
            session.add(member)
            await session.flush()
        elif _RANKS[role] > _RANKS[ProjectRole(member.role)]:
            member.role = role
        else:
            return
        await self._audit.add(session, _deed("member.joined", by, address, member))

    async def _bring_in(
        self, session: AsyncSession, by: Principal, wanted: Membership, address: str | None
    ) -> None:
        user = await session.get(User, wanted.user_id) if by.role == Role.ADMIN else None
        if user is None or user.state != ACTIVE:
            raise MemberNotFound(wanted.project_id, wanted.user_id)
        session.add(wanted)
        await session.flush()
        await self._audit.add(session, _deed("member.added", by, address, wanted))


def _deed(action: str, by: Principal, address: str | None, member: Membership) -> Deed:
    detail = {"role": str(member.role)}
    return Deed(action, by, address, "member", member.user_id, member.project_id, detail=detail)


async def _require_other_owner(session: AsyncSession, member: Membership) -> None:
    if member.role != ProjectRole.OWNER:
        return
    if not set(await owners(session, member.project_id)) - {member.user_id}:
        raise LastOwner


async def _void_invitations(session: AsyncSession, project_id: UUID, user_id: UUID) -> None:
    """Who is no owner any more lets nobody in, neither by what they sent out before."""
    await session.execute(
        delete(Invitation).where(
            Invitation.project_id == project_id,
            Invitation.invited_by == user_id,
            Invitation.accepted_at.is_(None),
        )
    )


def _members(project_id: UUID) -> Select[Membership, str, str | None]:
    profile = and_(Profile.user_id == Membership.user_id, Profile.is_default)
    return (
        select(Membership, Profile.name, User.email)
        .join(User, User.id == Membership.user_id)
        .outerjoin(Profile, profile)
        .where(Membership.project_id == project_id)
    )


def _member(row: Row[Membership, str, str | None]) -> Member:
    membership, name, email = row
    return Member(membership.user_id, ProjectRole(membership.role), name, email, membership.created_at)
