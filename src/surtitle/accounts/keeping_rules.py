"""For how long each project keeps what: its own rules, and the installation's where it has none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.access import Principal
from surtitle.accounts.audit import AuditTrail, Deed
from surtitle.accounts.project_rows import locked_project
from surtitle.clock import utc_now
from surtitle.config import RetentionSettings
from surtitle.db.account_models import Project
from surtitle.db.engine import Database
from surtitle.db.keeping_models import RetentionRule
from surtitle.domain.keeping import KeepingPlan, KeptKind, plan_by_days

Days = Mapping[KeptKind, int | None]
"""By kind; None: for ever."""


@dataclass(frozen=True, slots=True)
class KeepingRules:
    """A project's `own` rules, and what they come to with the `installation`'s."""

    own: Days
    installation: Days

    @property
    def in_force(self) -> Days:
        """Both together. Where a project says how long it keeps everything, the installation's for single
        kinds do not count: they belong to another whole.
        """
        if KeptKind.EVERYTHING in self.own:
            return self.own
        return {**self.installation, **self.own}

    def plan(self) -> KeepingPlan:
        return plan_by_days(self.in_force, utc_now())


class RulesOfProjects:
    """Reads and sets them. Whether the caller may is `accounts.access`'s to say, before."""

    def __init__(self, database: Database, audit: AuditTrail, settings: RetentionSettings) -> None:
        self._database = database
        self._audit = audit
        self._installation = _of_settings(settings)

    async def of(self, project_id: UUID) -> KeepingRules:
        async with self._database.reading() as session:
            days = await session.scalar(select(Project.retention_days).where(Project.id == project_id))
            rows = await session.scalars(select(RetentionRule).where(RetentionRule.project_id == project_id))
            own: dict[KeptKind, int | None] = {KeptKind(row.kind): row.days for row in rows}
        if days is not None:
            own[KeptKind.EVERYTHING] = days
        return KeepingRules(own, self._installation)

    async def set(self, by: Principal, project_id: UUID, own: Days, address: str | None) -> KeepingRules:
        """Replace the project's own rules whole. Raises `NoSuchProject`."""
        async with self._database.writing() as session:
            project = await locked_project(session, project_id)
            await session.execute(delete(RetentionRule).where(RetentionRule.project_id == project_id))
            # The number for everything stands where it stood before there were kinds; "for ever" has no
            # number.
            project.retention_days = own.get(KeptKind.EVERYTHING)
            session.add_all(
                RetentionRule(project_id=project_id, kind=kind, days=days)
                for kind, days in own.items()
                if kind is not KeptKind.EVERYTHING or days is None
            )
            told = {str(kind): days for kind, days in own.items()}
            await self._audit.add(
                session,
                Deed("retention.changed", by, address, "project", project_id, project_id, detail=told),
            )
        return await self.of(project_id)

    async def all(self) -> Sequence[tuple[UUID, KeepingRules]]:
        """Of every project by which something may go."""
        async with self._database.reading() as session:
            ids = (await session.scalars(select(Project.id).order_by(Project.id))).all()
        found = [(project_id, await self.of(project_id)) for project_id in ids]
        return [(project_id, rules) for project_id, rules in found if not rules.plan().is_empty]


async def keep_everything(session: AsyncSession, project: Project, days: int | None) -> None:
    """In a transaction that holds the project: so long it keeps everything, None for ever, and single kinds
    as before.
    """
    mine = RetentionRule.project_id == project.id, RetentionRule.kind == KeptKind.EVERYTHING
    await session.execute(delete(RetentionRule).where(*mine))
    project.retention_days = days
    if days is None:
        session.add(RetentionRule(project_id=project.id, kind=KeptKind.EVERYTHING))


def _of_settings(settings: RetentionSettings) -> Days:
    stated = {
        KeptKind.EVERYTHING: settings.days,
        KeptKind.RECORDING: settings.recording_days,
        KeptKind.CAPTIONED_VIDEO: settings.captioned_video_days,
        KeptKind.FILM: settings.film_days,
        KeptKind.SUBTITLES: settings.subtitles_days,
        KeptKind.TRANSCRIPT: settings.transcript_days,
        KeptKind.WORKING_FILE: settings.working_file_days,
    }
    return {kind: days for kind, days in stated.items() if days is not None}
