"""In which of our languages, and by which clock, somebody is written to."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.account_models import Profile
from surtitle.domain.time_zones import zone_named

LANGUAGES = ("en", "fr", "es")
_UTC = "UTC"


@dataclass(frozen=True, slots=True)
class Manner:
    """How somebody reads: a language of ours, and a time zone's name."""

    language: str
    time_zone: str = _UTC

    def moment(self, at: datetime) -> str:
        """As people read it, with the zone behind it."""
        zone, name = _zone(self.time_zone)
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M} ({name})"


def closest(tag: str | None, usual: str) -> str:
    """The language of ours that a BCP 47 tag asks for, or the usual one."""
    code = (tag or "").partition("-")[0].lower()
    return code if code in LANGUAGES else usual


async def manner_of(session: AsyncSession, user_id: UUID | None, usual: str) -> Manner:
    """By the person's default profile; of nobody, the usual one."""
    if user_id is None:
        return Manner(usual)
    found = await session.execute(
        select(Profile.language, Profile.time_zone)
        .where(Profile.user_id == user_id)
        .order_by(Profile.is_default.desc(), Profile.created_at)
        .limit(1)
    )
    row = found.one_or_none()
    return Manner(closest(row.language, usual), row.time_zone) if row else Manner(usual)


def _zone(name: str) -> tuple[tzinfo, str]:
    try:
        return zone_named(name), name
    except ValueError:
        # A zone that this machine's tables do not have must not keep a letter from going.
        return UTC, _UTC
