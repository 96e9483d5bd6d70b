"""A person's profiles: name, language, time zone and default options, one of them the default."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.access import Principal
from surtitle.accounts.default_options import checked_default_options
from surtitle.accounts.names import checked_name
from surtitle.accounts.project_rows import person
from surtitle.db.account_models import Profile, User
from surtitle.db.engine import Database
from surtitle.domain.languages import language_code
from surtitle.domain.time_zones import zone_named
from surtitle.errors import Conflict, Invalid, NotFound

MOST_PROFILES = 50
UTC = "UTC"

# Language, script, region (RFC 5646 section 2.1). Longer tags say nothing that a page or a job heeds.
_LANGUAGE_TAG = re.compile(r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|[0-9]{3}))?", re.IGNORECASE)


class ProfileNotFound(NotFound):
    """There is no such profile, or it is another person's."""

    slug = "profile-not-found"

    def __init__(self, profile_id: UUID) -> None:
        super().__init__(
            f"You have no profile {profile_id}. `GET /api/users/me/profiles` lists those that you have."
        )


class TooManyProfiles(Conflict):
    """The person has as many profiles as one can have."""

    slug = "too-many-profiles"

    def __init__(self) -> None:
        super().__init__(f"You have {MOST_PROFILES} profiles, the most that one can have. Delete one first.")


class DefaultProfileStays(Conflict):
    """The default profile cannot be deleted: there is always one."""

    slug = "default-profile-stays"

    def __init__(self, profile_id: UUID) -> None:
        super().__init__(
            f"Profile {profile_id} is your default. Make another one the default first: "
            "`POST /api/users/me/profiles/{profile_id}/default`."
        )


@dataclass(frozen=True, slots=True)
class NewProfile:
    """A profile as it is wished for; checked when it is made."""

    name: str
    language: str = "en"
    time_zone: str = UTC
    default_options: Mapping[str, Any] = field(default_factory=dict)


class Profiles:
    """Profiles of all people; every method names the person whose profiles it may see."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def first_of(
        self, session: AsyncSession, user: User, name: str, language: str = "en", time_zone: str = UTC
    ) -> Profile:
        """The default profile of a person who registers, in the transaction of the registration."""
        return await _added(session, user.id, NewProfile(name, language, time_zone), is_default=True)

    async def list(self, by: Principal) -> Sequence[Profile]:
        """All of a person's profiles, the oldest first."""
        async with self._database.reading() as session:
            return await _all(session, person(by))

    async def create(self, by: Principal, wish: NewProfile) -> Profile:
        """Another profile. Raises `TooManyProfiles`, and `Invalid` for what no profile can have."""
        user_id = person(by)
        async with self._database.writing() as session:
            await _lock(session, user_id)
            count = await session.scalar(
                select(func.count()).select_from(Profile).where(Profile.user_id == user_id)
            )
            if count and count >= MOST_PROFILES:
                raise TooManyProfiles
            return await _added(session, user_id, wish, is_default=not count)

    async def change(self, by: Principal, profile_id: UUID, changes: Mapping[str, Any]) -> Profile:
        """Give a profile the fields of `NewProfile` that `changes` names."""
        user_id = person(by)
        async with self._database.writing() as session:
            profile = await _one(session, user_id, profile_id)
            for name, value in changes.items():
                setattr(profile, name, _CHECKS[name](value))
            await session.flush()
            return profile

    async def make_default(self, by: Principal, profile_id: UUID) -> Profile:
        """Make this profile the default, and the one that was so no longer."""
        user_id = person(by)
        async with self._database.writing() as session:
            await _lock(session, user_id)
            profile = await _one(session, user_id, profile_id)
            await session.execute(
                update(Profile)
                .where(Profile.user_id == user_id)
                .values(is_default=Profile.id == profile_id)
                .execution_options(synchronize_session=False)
            )
            await session.refresh(profile)
            return profile

    async def delete(self, by: Principal, profile_id: UUID) -> None:
        """Delete a profile. Raises `DefaultProfileStays` for the default."""
        user_id = person(by)
        async with self._database.writing() as session:
            await _lock(session, user_id)
            profile = await _one(session, user_id, profile_id)
            if profile.is_default:
                raise DefaultProfileStays(profile_id)
            await session.delete(profile)


def language_tag(text: str) -> str:
    """`text` as a canonical BCP 47 tag: `FR-ca` is `fr-CA`. Raises `Invalid`."""
    found = _LANGUAGE_TAG.fullmatch(text)
    try:
        known = language_code(found[1]) if found else None
    except ValueError:
        known = None
    if found is None or known is None:
        raise Invalid(
            f"{text[:40]!r} is not a language tag that is known here; give one such as 'en', 'fr-CA' or "
            "'zh-Hant-TW'.",
            field="language",
        )
    primary, script, region = found[1].lower(), found[2] or "", found[3] or ""
    parts = (primary if len(primary) == 2 else known, script.title(), region.upper())  # noqa: PLR2004
    return "-".join(part for part in parts if part)


def time_zone_name(text: str) -> str:
    """`text`, if it names a time zone of the IANA database. Raises `Invalid`."""
    try:
        zone_named(text)
    except ValueError:
        raise Invalid(
            f"{text[:40]!r} is not a time zone; give one such as 'UTC', 'Europe/Paris' or 'America/Toronto'.",
            field="time_zone",
        ) from None
    return text


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": checked_name,
    "language": language_tag,
    "time_zone": time_zone_name,
    "default_options": checked_default_options,
}


async def _added(session: AsyncSession, user_id: UUID, wish: NewProfile, *, is_default: bool) -> Profile:
    profile = Profile(
        user_id=user_id,
        name=checked_name(wish.name),
        language=language_tag(wish.language),
        time_zone=time_zone_name(wish.time_zone),
        default_options=checked_default_options(wish.default_options),
        is_default=is_default,
    )
    session.add(profile)
    await session.flush()
    return profile


async def _lock(session: AsyncSession, user_id: UUID) -> None:
    """Changes to which profiles a person has wait for each other, on PostgreSQL too."""
    await session.scalar(select(User.id).where(User.id == user_id).with_for_update())


async def _all(session: AsyncSession, user_id: UUID) -> Sequence[Profile]:
    found = await session.scalars(select(Profile).where(Profile.user_id == user_id).order_by(Profile.id))
    return found.all()


async def _one(session: AsyncSession, user_id: UUID, profile_id: UUID) -> Profile:
    profile = await session.scalar(
        select(Profile).where(Profile.id == profile_id, Profile.user_id == user_id)
    )
    if profile is None:
        raise ProfileNotFound(profile_id)
    return profile
