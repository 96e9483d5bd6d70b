"""How long a project keeps what it has: what is older goes once a day, or when a person says so."""

import logging
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from surtitle.accounts.access import NoSuchProject
from surtitle.accounts.ageing import Ageing, Going
from surtitle.accounts.audit import AuditTrail
from surtitle.accounts.keeping_rules import RulesOfProjects
from surtitle.accounts.purge_list import PurgeList, PurgeRecord
from surtitle.accounts.purges import PurgeRows, PurgeTally
from surtitle.clock import utc_now
from surtitle.config import RetentionSettings
from surtitle.db.account_models import Project
from surtitle.db.engine import Database
from surtitle.domain.keeping import KeepingPlan, KeptKind, plan_for
from surtitle.errors import SurtitleError
from surtitle.ids import new_id
from surtitle.storage import ObjectStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Purged:
    """What went, or would go, of a project: how many of each kind, and the bytes of all of it."""

    project_id: UUID
    counts: Mapping[str, int] = field(default_factory=dict)
    size_bytes: int = 0


class Retention:
    """Deletes recordings, jobs, what they made, and transcripts by their age.

    A job counts from its end, and one that has not ended stays; a recording stays while a job that is newer
    uses it; a transcript counts from its last edit. A purge is a row before anything goes, so that one whose
    process died is gone on with; the audit trail is never purged.
    """

    def __init__(
        self,
        database: Database,
        store: ObjectStore,
        audit: AuditTrail,
        settings: RetentionSettings,
        ageings: Sequence[Ageing],
    ) -> None:
        self.rules = RulesOfProjects(database, audit, settings)
        self._database = database
        self._audit = audit
        self.ageings = ageings
        self._addresses_kept = timedelta(days=settings.address_days)
        self._rows = PurgeRows(database, audit)
        self._list = PurgeList(store)

    async def apply(self) -> Sequence[Purged]:
        """What the rules ask for, of all projects that have some. Twice harms nothing."""
        done = []
        for project_id, rules in await self.rules.all():
            try:
                done.append(await self._purge(project_id, rules.plan()))
            except (SurtitleError, OSError) as error:
                log.warning("project %s could not be cleared, which is tried again: %s", project_id, error)
        await self._audit.forget_addresses(utc_now() - self._addresses_kept)
        await self._rows.forget_old()
        return done

    async def purge(
        self,
        older_than_days: float,
        project_id: UUID | None = None,
        *,
        kinds: Sequence[KeptKind] = (),
        dry_run: bool = False,
    ) -> Sequence[Purged]:
        """Of one project, or of all, what is older, whatever their rules; of some `kinds`, or everything.
        With `dry_run` only said. Raises `NoSuchProject`.
        """
        before = utc_now() - timedelta(days=older_than_days)
        wishes = [PurgeRecord(one, kinds, before) for one in await self._projects(project_id)]
        if dry_run:
            return [await self.would_go(one.project_id, one.plan) for one in wishes]
        return [await self._asked_for(one) for one in wishes]

    async def going(
        self, older_than_days: float, project_id: UUID | None = None, kinds: Sequence[KeptKind] = ()
    ) -> AsyncIterator[tuple[UUID, Going]]:
        """Each single thing that `purge` would delete, with its project. Raises `NoSuchProject`."""
        plan = plan_for(kinds, utc_now() - timedelta(days=older_than_days))
        for one in await self._projects(project_id):
            for ageing in self.ageings:
                async for thing in ageing.going(one, plan):
                    yield one, thing

    async def would_go(self, project_id: UUID, plan: KeepingPlan) -> Purged:
        """What a purge by this plan would delete now."""
        found: Counter[str] = Counter()
        size = 0
        for ageing in self.ageings:
            async for thing in ageing.going(project_id, plan):
                found[thing.kind] += 1
                size += thing.size_bytes
        return Purged(project_id, dict(found), size)

    async def anything_left(self) -> bool:
        """Whether a purge has not ended."""
        return await self._rows.anything_left()

    async def resume(self) -> int:
        """Go on with purges whose process died; how many."""
        waiting = await self._rows.abandoned()
        for purge in waiting:
            try:
                await self._go_on(purge.id, purge.project_id, KeepingPlan.from_json(purge.plan))
            except (SurtitleError, OSError) as error:
                log.warning("purge %s could not go on, which is tried again: %s", purge.id, error)
        return len(waiting)

    async def replay(self) -> Sequence[Purged]:
        """After a restore: do every purge again that a person asked for, and what the rules ask for now."""
        known = set(await self._projects(None))
        done = [
            await self._purge(project_id, plan)
            async for project_id, plan in self._list.all()
            if project_id in known
        ]
        return [*done, *await self.apply()]

    async def _projects(self, project_id: UUID | None) -> Sequence[UUID]:
        query = select(Project.id).order_by(Project.id)
        if project_id is not None:
            query = query.where(Project.id == project_id)
        async with self._database.reading() as session:
            found = (await session.scalars(query)).all()
        if project_id is not None and not found:
            raise NoSuchProject(project_id)
        return found

    async def _asked_for(self, wish: PurgeRecord) -> Purged:
        """A restore has to know of it, unless nothing goes."""
        if not await self._anything_goes(wish.project_id, wish.plan):
            return Purged(wish.project_id)
        await self._list.keep(wish)
        return await self._purge(wish.project_id, wish.plan)

    async def _anything_goes(self, project_id: UUID, plan: KeepingPlan) -> bool:
        for ageing in self.ageings:
            async for _ in ageing.going(project_id, plan):
                return True
        return False

    async def _purge(self, project_id: UUID, plan: KeepingPlan) -> Purged:
        purge_id = new_id()
        await self._rows.begin(purge_id, project_id, plan)
        return await self._go_on(purge_id, project_id, plan)

    async def _go_on(self, purge_id: UUID, project_id: UUID, plan: KeepingPlan) -> Purged:
        tally = PurgeTally(purge_id)
        for ageing in self.ageings:
            await ageing.clear(project_id, plan, tally)
        purge = await self._rows.end(purge_id)
        if purge is None:
            return Purged(project_id)
        if purge.counts:
            log.info("deleted by age from project %s: %s", project_id, dict(purge.counts))
        return Purged(project_id, dict(purge.counts), purge.bytes)
