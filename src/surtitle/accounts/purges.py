"""The rows of purges: written before anything goes, counted as it goes, gone on with after a crash."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.audit import AuditTrail, Deed
from surtitle.clock import utc_now
from surtitle.db.engine import Database
from surtitle.db.keeping_models import Purge
from surtitle.domain.keeping import KeepingPlan

ABANDONED_AFTER = timedelta(minutes=10)
"""Whoever has not said for so long that it lives has died. A single thing is deleted in far less."""

_KEPT = timedelta(days=90)


class PurgeRows:
    """Purges of all projects as the database knows them."""

    def __init__(self, database: Database, audit: AuditTrail) -> None:
        self._database = database
        self._audit = audit

    async def begin(self, purge_id: UUID, project_id: UUID, plan: KeepingPlan) -> None:
        async with self._database.writing() as session:
            session.add(Purge(id=purge_id, project_id=project_id, plan=plan.as_json(), counts={}))

    async def abandoned(self) -> Sequence[Purge]:
        """Those whose process died. From now on they count as this one's."""
        silent = Purge.seen_at < utc_now() - ABANDONED_AFTER
        async with self._database.writing() as session:
            found = await session.scalars(select(Purge).where(Purge.finished_at.is_(None), silent))
            purges = found.all()
            for purge in purges:
                purge.seen_at = utc_now()
        return purges

    async def anything_left(self) -> bool:
        async with self._database.reading() as session:
            left = select(Purge.id).where(Purge.finished_at.is_(None)).limit(1)
            return await session.scalar(left) is not None

    async def end(self, purge_id: UUID) -> Purge | None:
        """The row at its end, told to the trail; where nothing went there is nothing to remember.

        None where it is gone: another process ended it first, or its project was erased.
        """
        async with self._database.writing() as session:
            purge = await session.get(Purge, purge_id, with_for_update=True)
            if purge is None or purge.finished_at is not None:
                return purge
            if not purge.counts:
                await session.delete(purge)
                return purge
            purge.finished_at = utc_now()
            await self._audit.add(session, _deed(purge))
            return purge

    async def forget_old(self) -> None:
        before = utc_now() - _KEPT
        async with self._database.writing() as session:
            for purge in await session.scalars(select(Purge).where(Purge.finished_at < before)):
                await session.delete(purge)


class PurgeTally:
    """An `AgeTally` that adds to a purge's row, which also says that its process lives."""

    def __init__(self, purge_id: UUID) -> None:
        self._purge_id = purge_id

    async def __call__(self, session: AsyncSession, kind: str, count: int = 1, size_bytes: int = 0) -> None:
        purge = await session.get(Purge, self._purge_id, with_for_update=True)
        if purge is None:
            # The project was erased meanwhile, and this row with it.
            return
        if count:
            purge.counts = dict(Counter(purge.counts) + Counter({kind: count}))
        purge.bytes += size_bytes
        purge.seen_at = utc_now()
        await session.flush()


def _deed(purge: Purge) -> Deed:
    return Deed(
        "retention.applied", object_kind="project", object_id=purge.project_id, project_id=purge.project_id,
        system=True, detail={"plan": purge.plan, "erased": dict(purge.counts), "bytes": purge.bytes},
    )  # fmt: skip
