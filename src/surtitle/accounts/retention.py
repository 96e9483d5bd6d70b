"""How long a project keeps what it has: what is older goes once a day, or when a person says so."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.access import NoSuchProject
from surtitle.accounts.audit import AuditTrail, Deed
from surtitle.accounts.erasable import Erasable, Scope
from surtitle.clock import utc_now
from surtitle.db.account_models import Project
from surtitle.db.engine import Database
from surtitle.errors import SurtitleError

log = logging.getLogger(__name__)

ADDRESSES_KEPT = timedelta(days=90)
"""So long the trail knows the addresses of those who are not known otherwise."""


@dataclass(frozen=True, slots=True)
class Purged:
    """What went, or would go, of a project: how many of each kind."""

    project_id: UUID
    counts: Mapping[str, int] = field(default_factory=dict)


class Retention:
    """Deletes recordings, jobs, what they made, and transcripts by their age.

    A job counts from its end, and one that has not ended stays; a recording stays while a job uses it; a
    transcript counts from its last edit, so that what somebody works on does not vanish under their hands.
    """

    def __init__(self, database: Database, audit: AuditTrail, erasables: Sequence[Erasable]) -> None:
        self._database = database
        self._audit = audit
        self._erasables = erasables

    async def apply(self) -> Sequence[Purged]:
        """What the projects' own settings ask for, of all projects that have one. Twice harms nothing."""
        async with self._database.reading() as session:
            rows = await session.execute(
                select(Project.id, Project.retention_days).where(Project.retention_days.is_not(None))
            )
            kept_days = {project_id: days for project_id, days in rows if days is not None}
        done = []
        for project_id, days in kept_days.items():
            try:
                done.append(await self._purge(project_id, utc_now() - timedelta(days=days)))
            except (SurtitleError, OSError) as error:
                log.warning("project %s could not be cleared, which is tried again: %s", project_id, error)
        await self._audit.forget_addresses(utc_now() - ADDRESSES_KEPT)
        return done

    async def purge(
        self, older_than_days: float, project_id: UUID | None = None, *, dry_run: bool = False
    ) -> Sequence[Purged]:
        """Of one project, or of all, what is older; with `dry_run` only said. Raises `NoSuchProject`."""
        before = utc_now() - timedelta(days=older_than_days)
        async with self._database.reading() as session:
            query = select(Project.id).order_by(Project.id)
            projects = (
                await session.scalars(query.where(Project.id == project_id) if project_id else query)
            ).all()
        if project_id is not None and not projects:
            raise NoSuchProject(project_id)
        clear = self._would_go if dry_run else self._purge
        return [await clear(one, before) for one in projects]

    async def _purge(self, project_id: UUID, before: datetime) -> Purged:
        counted = _Counted()
        for erasable in self._erasables:
            await erasable.erase(Scope(project_id=project_id, before=before), counted)
        counts = counted.counts
        if counts:
            log.info("deleted by age from project %s: %s", project_id, dict(counts))
            await self._audit.tell(
                Deed(
                    "retention.applied", object_kind="project", object_id=project_id, project_id=project_id,
                    system=True, detail={"before": before.isoformat(), "erased": dict(counts)},
                )
            )  # fmt: skip
        return Purged(project_id, counts)

    async def _would_go(self, project_id: UUID, before: datetime) -> Purged:
        found: Counter[str] = Counter()
        for erasable in self._erasables:
            found.update(await erasable.found(Scope(project_id=project_id, before=before)))
        return Purged(project_id, +found)


class _Counted:
    """A `Tally` in memory."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    async def __call__(self, session: AsyncSession, kind: str, count: int = 1) -> None:
        self.counts[kind] += count
