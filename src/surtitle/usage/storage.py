"""What a project keeps in the store: its recordings and all that its jobs made."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Select, and_, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.config import Settings
from surtitle.db.account_models import UsageEntry
from surtitle.db.engine import Database
from surtitle.db.job_models import Artifact, Job
from surtitle.db.models import Media
from surtitle.domain.time_zones import zone_named
from surtitle.usage.errors import StorageUsedUp
from surtitle.usage.kinds import UsageKind, UsageState
from surtitle.usage.periods import day_at

# An installation that was off for longer is not charged for more.
_MAX_CATCH_UP = timedelta(days=366)
_IDS = UUID("0199a1c0-5f0e-7d3c-8a55-6e1d2b7c9f10")
# Sound laid out for other workers, and what they heard of it, is ours to keep for a while.
_KEPT = and_(Artifact.kind != "part", Job.parent_id.is_(None))


@dataclass(frozen=True, slots=True)
class StorageRoom:
    """How much a project keeps, and may keep."""

    used_bytes: int
    limit_bytes: int

    @property
    def left_bytes(self) -> int:
        return max(self.limit_bytes - self.used_bytes, 0)

    def widened(self, size_bytes: int) -> "StorageRoom":
        """At least so much is left."""
        return StorageRoom(self.used_bytes, max(self.limit_bytes, self.used_bytes + size_bytes))

    def require(self, size_bytes: int) -> None:
        """Raises `StorageUsedUp` when so much more does not fit."""
        if size_bytes > self.left_bytes:
            raise StorageUsedUp(self.used_bytes, self.limit_bytes)


async def stored_bytes(session: AsyncSession, project_id: UUID) -> int:
    """The sizes of the project's recordings and artifacts."""
    recordings = await session.scalar(
        select(func.sum(Media.size_bytes)).where(Media.project_id == project_id)
    )
    made = await session.scalar(
        select(func.sum(Artifact.size_bytes)).join(Job).where(Job.project_id == project_id, _KEPT)
    )
    return int(recordings or 0) + int(made or 0)


class StorageMeter:
    """Settles byte-days: for each day that is over, what was kept at its end, by project and user."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._zone = zone_named(settings.accounts.time_zone)
        self._settled_through: date | None = None

    async def settle_days(self, now: datetime | None = None) -> int:
        """Settle the days up to yesterday that are not settled yet; how many.

        Any process may call it as often as it likes: a day counts once, by the ids of its entries.
        """
        yesterday = (now or utc_now()).astimezone(self._zone).date() - timedelta(days=1)
        if self._settled_through == yesterday:
            return 0
        days = await self._unsettled(yesterday)
        for day in days:
            await self._settle(day)
        self._settled_through = yesterday
        return len(days)

    async def _unsettled(self, yesterday: date) -> list[date]:
        async with self._database.reading() as session:
            last = await session.scalar(
                select(func.max(UsageEntry.created_at)).where(UsageEntry.kind == UsageKind.STORAGE_BYTE_DAYS)
            )
        if last is None:
            return [yesterday]
        first = max(last.astimezone(self._zone).date() + timedelta(days=1), yesterday - _MAX_CATCH_UP)
        return [first + timedelta(days=number) for number in range((yesterday - first).days + 1)]

    async def _settle(self, day: date) -> None:
        period = day_at(day, self._zone)
        async with self._database.reading() as session:
            kept = await _kept_before(session, period.end)
        rows = [
            _entry(day, period.start, project_id, user_id, size)
            for (project_id, user_id), size in kept.items()
        ]
        if not rows:
            return
        insert = sqlite.insert if self._database.is_sqlite else postgresql.insert
        async with self._database.writing() as session:
            await session.execute(insert(UsageEntry).on_conflict_do_nothing(), rows)


async def _kept_before(session: AsyncSession, moment: datetime) -> dict[tuple[UUID, UUID | None], int]:
    """Bytes by project and user, of what was there at `moment` and still is."""
    recordings = (
        select(Media.project_id, Media.created_by, func.sum(Media.size_bytes))
        .where(Media.created_at < moment)
        .group_by(Media.project_id, Media.created_by)
    )
    made = (
        select(Job.project_id, Job.created_by, func.sum(Artifact.size_bytes))
        .join(Artifact)
        .where(Artifact.created_at < moment, _KEPT)
        .group_by(Job.project_id, Job.created_by)
    )
    return await _added_up(session, (recordings, made))


async def _added_up(
    session: AsyncSession, queries: Iterable[Select[UUID, UUID | None, int]]
) -> dict[tuple[UUID, UUID | None], int]:
    sizes: dict[tuple[UUID, UUID | None], int] = {}
    for query in queries:
        for project_id, user_id, size in await session.execute(query):
            sizes[project_id, user_id] = sizes.get((project_id, user_id), 0) + int(size)
    return sizes


def _entry(day: date, start: datetime, project_id: UUID, user_id: UUID | None, size: int) -> dict[str, Any]:
    return {
        # The same for the same day in every process: the second one to come writes nothing.
        "id": uuid5(_IDS, f"{day}/{project_id}/{user_id}"),
        "project_id": project_id,
        "user_id": user_id,
        "job_id": None,
        "kind": UsageKind.STORAGE_BYTE_DAYS,
        "amount": float(size),
        "state": UsageState.SETTLED,
        "created_at": start,
    }
