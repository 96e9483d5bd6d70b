"""Whether there is a project to tell of: an administrator may ask about any id."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.access import NoSuchProject
from surtitle.db.account_models import Project


async def require_project(session: AsyncSession, project_id: UUID) -> None:
    """Raises `NoSuchProject`."""
    if await session.scalar(select(Project.id).where(Project.id == project_id)) is None:
        raise NoSuchProject(project_id)
