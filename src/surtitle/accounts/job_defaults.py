"""The options that a new job has where its request names none, as they are stored."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.default_options import filled_in
from surtitle.accounts.profiles import ProfileNotFound
from surtitle.db.account_models import Profile, Project
from surtitle.domain.recipes import Recipe


async def with_defaults(
    session: AsyncSession,
    project_id: UUID,
    user_id: UUID | None,
    recipe: Recipe,
    wanted: Mapping[str, Any],
    *,
    profile_id: UUID | None = None,
    everywhere: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """`wanted`, filled up from the person's profile (the default, where none is named), then the project,
    then from `everywhere`: options of any recipe that has them.

    Raises `ProfileNotFound` for a profile that is not the person's.
    """
    which = Profile.is_default if profile_id is None else Profile.id == profile_id
    profile = await session.scalar(select(Profile.default_options).where(Profile.user_id == user_id, which))
    if profile is None and profile_id is not None:
        raise ProfileNotFound(profile_id)
    project = await session.scalar(select(Project.default_options).where(Project.id == project_id))
    return filled_in(recipe, wanted, profile or {}, project or {}, {recipe.name: everywhere or {}})
