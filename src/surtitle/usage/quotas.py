"""What a project may still use: asked and reserved in the transaction that accepts work.

In a personal installation nothing is limited, and nothing is looked up.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.config import Settings
from surtitle.db.account_models import Project, UsageEntry
from surtitle.domain.time_zones import zone_named
from surtitle.usage.charging import balance_of, charge
from surtitle.usage.errors import CreditsUsedUp, MinutesUsedUp
from surtitle.usage.kinds import COUNTED, UsageKind
from surtitle.usage.metering import Work, extend, meter, missing
from surtitle.usage.periods import Period, month_of
from surtitle.usage.storage import StorageRoom, stored_bytes
from surtitle.usage.tariff import Tariff

# Sums of fractions of a minute: what fits but for a rounding error fits.
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Left:
    """What a project may still use; None where nothing limits it."""

    minutes: float | None = None
    credits: float | None = None
    storage_bytes: int | None = None
    renews_at: datetime | None = None
    """When the minutes are whole again."""


@dataclass(frozen=True, slots=True)
class _Limits:
    minutes_a_month: float | None
    storage_bytes: int | None


class Quotas:
    """Decides by the project's quotas and credits. Works in the caller's session."""

    def __init__(self, settings: Settings) -> None:
        self.enforced = settings.server.auth == "required"
        self._paid = self.enforced and settings.usage.credits == "on"
        self._tariff = Tariff(settings.usage)
        self._zone = zone_named(settings.accounts.time_zone)

    async def reserve(self, session: AsyncSession, work: Work) -> None:
        """Accept work: what it will use is reserved until `metering.settle` or `metering.release`.

        Raises `MinutesUsedUp`, `StorageUsedUp` (nothing is left to write results to), `CreditsUsedUp`.
        """
        if self.enforced:
            await self._require_left(session, work, await self._limits(session, work.project_id))
        meter(session, work)

    async def reserve_missing(self, session: AsyncSession, work: Work) -> None:
        """Reserve what work that runs turns out to use beyond what `reserve` was told of it. Raises
        `MinutesUsedUp`, `CreditsUsedUp`.
        """
        more = await missing(session, work)
        if self.enforced:
            limits = await self._limits(session, work.project_id)
            # What it writes weighs no more than before.
            await self._require_left(session, more, replace(limits, storage_bytes=None))
        await extend(session, more)

    async def admit(self, session: AsyncSession, project_id: UUID, size_bytes: int) -> None:
        """Before the row of a recording is written. Raises `StorageUsedUp`."""
        if not self.enforced:
            return
        limits = await self._limits(session, project_id)
        if limits.storage_bytes is not None:
            await _hold(session, project_id)
            room = StorageRoom(await stored_bytes(session, project_id), limits.storage_bytes)
            room.require(size_bytes)

    async def storage_room(self, session: AsyncSession, project_id: UUID) -> StorageRoom | None:
        """What may still be stored, before it comes; None without a limit."""
        if not self.enforced:
            return None
        limit = (await self._limits(session, project_id)).storage_bytes
        return None if limit is None else StorageRoom(await stored_bytes(session, project_id), limit)

    async def left(self, session: AsyncSession, project_id: UUID) -> Left:
        """What the project may still use now."""
        if not self.enforced:
            return Left()
        limits = await self._limits(session, project_id)
        month = month_of(utc_now(), self._zone)
        minutes = None
        if limits.minutes_a_month is not None:
            minutes = max(limits.minutes_a_month - await _minutes_used(session, project_id, month), 0.0)
        room = await self.storage_room(session, project_id)
        return Left(
            minutes=None if minutes is None else round(minutes, 3),
            credits=await balance_of(session, project_id) if self._paid else None,
            storage_bytes=room.left_bytes if room else None,
            renews_at=None if minutes is None else month.end,
        )

    async def _require_left(self, session: AsyncSession, work: Work, limits: _Limits) -> None:
        if limits == _Limits(None, None) and not self._paid:
            return
        await _hold(session, work.project_id)
        if limits.minutes_a_month is not None:
            await self._require_minutes(session, work, limits.minutes_a_month)
        if limits.storage_bytes is not None and work.is_job:
            # How much a job will write nobody knows; without room for a byte it cannot even begin. Speech is
            # written nowhere.
            StorageRoom(await stored_bytes(session, work.project_id), limits.storage_bytes).require(1)
        if self._paid and (price := self._tariff.price(work)):
            balance = await balance_of(session, work.project_id)
            if price > balance + _ROUNDING:
                raise CreditsUsedUp(balance, price)
            charge(session, work.project_id, work.job_id, price)

    async def _require_minutes(self, session: AsyncSession, work: Work, limit: float) -> None:
        wanted = work.metered_seconds / 60
        if not wanted:
            return
        month = month_of(utc_now(), self._zone)
        used = await _minutes_used(session, work.project_id, month)
        if used + wanted > limit + _ROUNDING:
            raise MinutesUsedUp(used, limit, wanted, month.end)

    async def _limits(self, session: AsyncSession, project_id: UUID) -> _Limits:
        row = await session.execute(
            select(Project.minutes_a_month, Project.storage_bytes).where(Project.id == project_id)
        )
        return _Limits(*(row.one_or_none() or (None, None)))


async def _hold(session: AsyncSession, project_id: UUID) -> None:
    """Alone with the project's figures until the transaction ends: of two requests for the last minute, the
    second sees what the first has taken. SQLite has one writer at a time anyway.
    """
    await session.execute(select(Project.id).where(Project.id == project_id).with_for_update(key_share=True))


async def _minutes_used(session: AsyncSession, project_id: UUID, month: Period) -> float:
    """Work weighs on the month in which it was accepted."""
    seconds = await session.scalar(
        select(func.sum(UsageEntry.amount)).where(
            UsageEntry.project_id == project_id,
            UsageEntry.kind.in_((UsageKind.AUDIO_SECONDS, UsageKind.GENERATED_SECONDS)),
            UsageEntry.created_at >= month.start,
            UsageEntry.created_at < month.end,
            UsageEntry.state.in_(COUNTED),
        )
    )
    return (seconds or 0.0) / 60
