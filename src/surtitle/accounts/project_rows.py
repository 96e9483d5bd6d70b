"""Reading and locking projects and memberships within a caller's transaction."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.access import NoSuchProject, Principal, ProjectRole
from surtitle.accounts.errors import PersonalInstallation
from surtitle.accounts.project_errors import ProjectNameTaken
from surtitle.accounts.sessions import ACTIVE
from surtitle.db.account_models import Membership, Project, User
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.ids import new_id


def person(by: Principal) -> UUID:
    """The account of the caller. Raises `PersonalInstallation` where there are none."""
    if by.user_id is None:
        raise PersonalInstallation
    return by.user_id


async def locked_project(session: AsyncSession, project_id: UUID) -> Project:
    """The project, held until the transaction ends. Raises `NoSuchProject`."""
    project = await session.get(Project, project_id, with_for_update=True)
    if project is None:
        raise NoSuchProject(project_id)
    return project


async def owners(session: AsyncSession, project_id: UUID) -> Sequence[UUID]:
    """Its owners whose accounts are open."""
    found = await session.scalars(
        select(Membership.user_id)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.project_id == project_id,
            Membership.role == ProjectRole.OWNER,
            User.state == ACTIVE,
        )
    )
    return found.all()


async def require_free_name(
    session: AsyncSession, owner_ids: Sequence[UUID], name: str, besides: UUID | None = None
) -> None:
    """Two people may call their projects the same; one owner could not tell two apart."""
    same = await session.scalars(
        select(Project.id)
        .join(Membership, Membership.project_id == Project.id)
        .where(
            Membership.user_id.in_(owner_ids),
            Membership.role == ProjectRole.OWNER,
            Project.name == name,
        )
    )
    if set(same) - {besides}:
        raise ProjectNameTaken(name)


async def added_project(session: AsyncSession, owner: User, name: str) -> Project:
    project = Project(id=new_id(), name=name, created_by=owner.id, default_options={})
    session.add(project)
    await session.flush()
    session.add(Membership(project_id=project.id, user_id=owner.id, role=ProjectRole.OWNER))
    await session.flush()
    return project


async def unowned_personal(session: AsyncSession) -> Project | None:
    project = await session.get(Project, PERSONAL_PROJECT, with_for_update=True)
    taken = select(Membership.user_id).where(Membership.project_id == PERSONAL_PROJECT).limit(1)
    return project if await session.scalar(taken) is None else None
