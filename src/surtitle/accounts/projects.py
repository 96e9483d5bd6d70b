"""Projects: whom recordings, jobs and transcripts belong to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.access import NoSuchProject, Principal, ProjectRole, Role, require_role
from surtitle.accounts.audit import AuditTrail, Deed
from surtitle.accounts.authentication import Authenticator
from surtitle.accounts.default_options import checked_default_options
from surtitle.accounts.errors import UserNotFound
from surtitle.accounts.keeping_rules import keep_everything
from surtitle.accounts.names import checked_name
from surtitle.accounts.project_errors import FirstProjectStays, MemberNotFound, TooManyProjects
from surtitle.accounts.project_rows import (
    added_project,
    locked_project,
    owners,
    person,
    require_free_name,
    unowned_personal,
)
from surtitle.clock import utc_now
from surtitle.config import AccountSettings
from surtitle.db.account_models import Membership, Project, User
from surtitle.db.engine import Database
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.errors import Invalid
from surtitle.paging import Page, decode_cursor, encode_cursor

FIRST_NAME = "Personal"
"""What a person's own project is called until they rename it."""


class ProjectChanges(TypedDict, total=False):
    """What is to be different; what is left out stays. `retention_days` None keeps everything."""

    name: str
    retention_days: int | None
    default_options: Mapping[str, Any]


class QuotaChanges(TypedDict, total=False):
    """What a project may use; None has no limit, what is left out stays."""

    minutes_a_month: float | None
    storage_bytes: int | None
    parallel_jobs: int | None
    requests_a_minute: int | None


@dataclass(frozen=True, slots=True)
class SeenProject:
    """A project, and the caller's part in it: None for a key, and for staff who are no members."""

    project: Project
    role: ProjectRole | None


class Projects:
    """Projects of everybody. Whether the caller may do a thing is `accounts.access`'s to say, before."""

    def __init__(
        self, database: Database, audit: AuditTrail, authenticator: Authenticator, settings: AccountSettings
    ) -> None:
        self._database = database
        self._audit = audit
        self._authenticator = authenticator
        self._most_owned = settings.most_projects

    async def create(self, by: Principal, name: str, address: str | None) -> SeenProject:
        """A new project of the caller's. Raises `ProjectNameTaken`, `TooManyProjects`."""
        return await self.create_for(by, person(by), name, address)

    async def create_for(self, by: Principal, owner_id: UUID, name: str, address: str | None) -> SeenProject:
        """A new project of the person `owner_id`."""
        name = checked_name(name)
        async with self._database.writing() as session:
            # Held, so that two wishes of one person wait for each other.
            owner = await session.get(User, owner_id, with_for_update=True)
            if owner is None:
                raise UserNotFound(owner_id)
            await self._require_room(session, by, owner_id)
            await require_free_name(session, [owner_id], name)
            project = await added_project(session, owner, name)
            await self._audit.add(session, _deed("project.created", by, address, project.id))
        # Whoever was remembered may have one more project now.
        self._authenticator.forget_everybody()
        return SeenProject(project, ProjectRole.OWNER)

    async def first_of(self, session: AsyncSession, user: User) -> Project:
        """The own project of a person who registers, made their default, in the caller's transaction.

        The first administrator gets the one in which a personal installation has kept everything.
        """
        await session.flush()
        project = await unowned_personal(session) if user.role == Role.ADMIN else None
        if project is None:
            project = await added_project(session, user, FIRST_NAME)
        else:
            session.add(Membership(project_id=project.id, user_id=user.id, role=ProjectRole.OWNER))
        user.default_project_id = project.id
        await self._audit.add(session, _deed("project.created", Principal(user_id=user.id), None, project.id))
        return project

    async def page(
        self, by: Principal, cursor: str | None, limit: int, *, everybodys: bool = False
    ) -> Page[SeenProject]:
        """The caller's projects, the newest first; with `everybodys` all, which staff may see."""
        if everybodys:
            require_role(by, Role.SUPPORT, Role.ADMIN)
        query = _seen_by(by)
        if not everybodys:
            query = query.where(Project.id.in_(await self._own(by)))
        if cursor:
            query = query.where(Project.id < decode_cursor(cursor))
        async with self._database.reading() as session:
            rows = (await session.execute(query.order_by(Project.id.desc()).limit(limit + 1))).all()
        shown = [_seen(by, project, role) for project, role in rows[:limit]]
        return Page(shown, encode_cursor(shown[-1].project.id) if len(rows) > limit else None)

    async def get(self, by: Principal, project_id: UUID) -> SeenProject:
        """Raises `NoSuchProject`."""
        async with self._database.reading() as session:
            row = (await session.execute(_seen_by(by).where(Project.id == project_id))).one_or_none()
        if row is None:
            raise NoSuchProject(project_id)
        project, role = row
        return _seen(by, project, role)

    async def owners_of(self, project_ids: Collection[UUID]) -> dict[UUID, list[str]]:
        """The e-mails of those who own each; many a project is called the same."""
        query = (
            select(Membership.project_id, User.email)
            .join(User, User.id == Membership.user_id)
            .where(Membership.project_id.in_(project_ids), Membership.role == ProjectRole.OWNER)
            .order_by(User.id)
        )
        found: dict[UUID, list[str]] = {}
        async with self._database.reading() as session:
            for project_id, email in await session.execute(query):
                found.setdefault(project_id, []).append(email or str(project_id))
        return found

    async def named(self, id_or_name: str) -> Project:
        """The project of this id or name, whoever's it is. Raises `Invalid` when that is not one."""
        async with self._database.reading() as session:
            found = (await session.scalars(select(Project).where(_called(id_or_name)).limit(2))).all()
        if not found:
            raise Invalid(f"There is no project {id_or_name[:80]!r}. `surtitle projects list` shows them.")
        if len(found) > 1:
            raise Invalid(f"Several projects are called {id_or_name[:80]!r}; give the id of one.")
        return found[0]

    async def change(
        self, by: Principal, project_id: UUID, changes: ProjectChanges, address: str | None
    ) -> SeenProject:
        """Raises `ProjectNameTaken`, and `Invalid` for options that no job could have."""
        async with self._database.writing() as session:
            project = await locked_project(session, project_id)
            if "name" in changes:
                name = checked_name(changes["name"])
                await require_free_name(session, await owners(session, project_id), name, besides=project_id)
                project.name = name
            if "default_options" in changes:
                project.default_options = checked_default_options(changes["default_options"])
            if "retention_days" in changes:
                await keep_everything(session, project, changes["retention_days"])
            await self._audit.add(
                session, _deed("project.changed", by, address, project_id, fields=sorted(changes))
            )
        return await self.get(by, project_id)

    async def archive(self, by: Principal, project_id: UUID, address: str | None) -> SeenProject:
        """Make it read-only. Jobs under way go on to their end."""
        if project_id == PERSONAL_PROJECT:
            raise FirstProjectStays
        async with self._database.writing() as session:
            project = await locked_project(session, project_id)
            if project.archived_at is None:
                project.archived_at = utc_now()
                await self._audit.add(session, _deed("project.archived", by, address, project_id))
        self._authenticator.forget_everybody()
        return await self.get(by, project_id)

    async def unarchive(self, by: Principal, project_id: UUID, address: str | None) -> SeenProject:
        """Bring it back."""
        async with self._database.writing() as session:
            project = await locked_project(session, project_id)
            if project.archived_at is not None:
                project.archived_at = None
                await self._audit.add(session, _deed("project.unarchived", by, address, project_id))
        self._authenticator.forget_everybody()
        return await self.get(by, project_id)

    async def set_quotas(
        self, by: Principal, project_id: UUID, quotas: QuotaChanges, address: str | None
    ) -> SeenProject:
        """Say what the project may use; `usage` heeds it."""
        async with self._database.writing() as session:
            project = await locked_project(session, project_id)
            for name, value in quotas.items():
                setattr(project, name, value)
            await self._audit.add(session, _deed("project.quotas-set", by, address, project_id, **quotas))
        return await self.get(by, project_id)

    async def make_default(self, by: Principal, project_id: UUID) -> SeenProject:
        """Work here from now on, where a request names no project. Raises `MemberNotFound`."""
        user_id = person(by)
        async with self._database.writing() as session:
            if await session.get(Membership, (project_id, user_id)) is None:
                raise MemberNotFound(project_id, user_id)
            user = await session.get_one(User, user_id)
            user.default_project_id = project_id
        self._authenticator.forget_everybody()
        return await self.get(by, project_id)

    async def _own(self, by: Principal) -> Sequence[UUID]:
        if by.key is not None:
            return [by.key.project_id]
        if by.user_id is None:
            return list(by.memberships)
        # Read anew: what is remembered of the caller may be some seconds old.
        async with self._database.reading() as session:
            found = await session.scalars(
                select(Membership.project_id).where(Membership.user_id == by.user_id)
            )
            return found.all()

    async def _require_room(self, session: AsyncSession, by: Principal, owner_id: UUID) -> None:
        if by.role == Role.ADMIN:
            return
        owned = await session.scalar(
            select(func.count())
            .select_from(Membership)
            .where(Membership.user_id == owner_id, Membership.role == ProjectRole.OWNER)
        )
        if (owned or 0) >= self._most_owned:
            raise TooManyProjects(self._most_owned)


def _deed(action: str, by: Principal, address: str | None, project_id: UUID, **detail: Any) -> Deed:
    return Deed(action, by, address, "project", project_id, project_id, detail=detail)


def _called(id_or_name: str) -> ColumnElement[bool]:
    try:
        return Project.id == UUID(id_or_name)
    except ValueError:
        return Project.name == id_or_name


def _seen_by(by: Principal) -> Select[Project, str]:
    """Projects with the caller's role in each."""
    mine = and_(Membership.project_id == Project.id, Membership.user_id == by.user_id)
    return select(Project, Membership.role).outerjoin(Membership, mine)


def _seen(by: Principal, project: Project, role: str | None) -> SeenProject:
    if role is not None:
        return SeenProject(project, ProjectRole(role))
    return SeenProject(project, by.memberships.get(project.id) if by.user_id is None else None)
