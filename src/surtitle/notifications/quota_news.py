"""Who is told when a project has used most of a quota, and all of it: its owners, and its channels."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.project_rows import owners
from surtitle.accounts.secrets import Secrets
from surtitle.clock import utc_now
from surtitle.config import Settings
from surtitle.config.group import GIB
from surtitle.db.account_models import Project
from surtitle.db.engine import Database
from surtitle.db.notification_models import OutboxLetter, QuotaNotice
from surtitle.domain.time_zones import zone_named
from surtitle.hub import Hub
from surtitle.notifications.events import APPRISE, MAIL, Event
from surtitle.notifications.job_news import channels_for, wants
from surtitle.notifications.letters import TOPIC, Sealed, after_commit
from surtitle.usage.quotas import Left, Quotas

THRESHOLDS = (80, 100)
_FORGOTTEN_BELOW = 10
"""A share has to fall so far below a threshold before it can be told again in the same month."""
_LIMITED = or_(Project.minutes_a_month > 0, Project.storage_bytes > 0)


@dataclass(frozen=True, slots=True)
class _Share:
    """How much of one quota is used."""

    quota: str
    used: float
    limit: float
    renews_at: datetime | None

    @property
    def percent(self) -> float:
        return 100 * self.used / self.limit


class QuotaNews:
    """Looks at the projects that have quotas, and writes once a month and threshold."""

    def __init__(
        self, settings: Settings, database: Database, *, secrets: Secrets, quotas: Quotas, hub: Hub
    ) -> None:
        self._mails = settings.mail.delivers
        self._zone = zone_named(settings.accounts.time_zone)
        self._database = database
        self._secrets = secrets
        self._quotas = quotas
        self._hub = hub

    async def needed(self) -> bool:
        """Whether any project has a quota that counts."""
        if not self._quotas.enforced:
            return False
        async with self._database.reading() as session:
            return await session.scalar(select(Project.id).where(_LIMITED).limit(1)) is not None

    async def tell(self, now: datetime | None = None) -> int:
        """Tell of what has been crossed since the last look; of how many quotas."""
        period = f"{(now or utc_now()).astimezone(self._zone):%Y-%m}"
        told = 0
        async for project, shares in self._projects():
            for share in shares:
                told += await self._look(project, share, period)
        return told

    async def _projects(self) -> AsyncIterator[tuple[Project, Sequence[_Share]]]:
        async with self._database.reading() as session:
            found = select(Project).where(_LIMITED, Project.archived_at.is_(None)).order_by(Project.id)
            projects = (await session.scalars(found)).all()
        for project in projects:
            async with self._database.reading() as session:
                left = await self._quotas.left(session, project.id)
            yield project, _shares(project, left)

    async def _look(self, project: Project, share: _Share, period: str) -> bool:
        crossed = [threshold for threshold in THRESHOLDS if share.percent >= threshold - 1e-9]
        async with self._database.writing() as session:
            notice = (QuotaNotice.project_id == project.id, QuotaNotice.quota == share.quota)
            await session.execute(
                delete(QuotaNotice).where(
                    *notice,
                    or_(QuotaNotice.period != period, QuotaNotice.percent > share.percent + _FORGOTTEN_BELOW),
                )
            )
            fresh = [one for one in crossed if await self._insert(session, project.id, share, one, period)]
            # Who hears that all is used need not hear that most is.
            if not fresh or max(fresh) != max(crossed):
                return False
            await self._write(session, project, share, max(fresh))
        return True

    async def _insert(
        self, session: AsyncSession, project_id: UUID, share: _Share, percent: int, period: str
    ) -> bool:
        insert = sqlite.insert if self._database.is_sqlite else postgresql.insert
        written = await session.scalar(
            insert(QuotaNotice)
            .values(project_id=project_id, quota=share.quota, percent=percent, period=period)
            .on_conflict_do_nothing()
            .returning(QuotaNotice.percent)
        )
        return written is not None

    async def _write(self, session: AsyncSession, project: Project, share: _Share, percent: int) -> None:
        payload = Sealed(None, _facts(project, share, percent)).seal(self._secrets)
        about = {"kind": Event.QUOTA, "project_id": project.id, "payload": payload}
        for channel_id in await channels_for(session, project.id, Event.QUOTA):
            session.add(OutboxLetter(channel=APPRISE, channel_id=channel_id, **about))
        for user_id in await owners(session, project.id):
            if self._mails and await wants(session, user_id, Event.QUOTA):
                session.add(OutboxLetter(channel=MAIL, user_id=user_id, **about))
        await session.flush()
        after_commit(session, lambda: self._hub.wake(TOPIC))


def _shares(project: Project, left: Left) -> Sequence[_Share]:
    shares = []
    if project.minutes_a_month and left.minutes is not None:
        used = project.minutes_a_month - left.minutes
        shares.append(_Share("minutes", used, project.minutes_a_month, left.renews_at))
    if project.storage_bytes and left.storage_bytes is not None:
        used = project.storage_bytes - left.storage_bytes
        shares.append(_Share("storage", used / GIB, project.storage_bytes / GIB, None))
    return shares


def _facts(project: Project, share: _Share, percent: int) -> dict[str, Any]:
    return {
        "project": project.name,
        "quota": share.quota,
        "percent": percent,
        "used": f"{share.used:.3g}" if share.quota == "storage" else round(share.used),
        "limit": f"{share.limit:.3g}" if share.quota == "storage" else round(share.limit),
        "renews_at": share.renews_at.isoformat() if share.renews_at else None,
    }
