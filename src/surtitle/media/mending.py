"""Mending what `media.inventory` finds: only what can be mended without losing anything that somebody could
have.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, exists, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.engine import Database
from surtitle.db.job_models import Artifact, Job
from surtitle.db.models import Discarded, Revision
from surtitle.domain.jobs import FINISHED
from surtitle.media.inventory import ARTIFACT, REVISION, Fault, Found, Inventory
from surtitle.media.repository import MediaRepository
from surtitle.storage import ObjectStore

MOST_NAMED = 100
_BATCH = 200
_FIRST = 1
_LEFTOVER = "leftover"


@dataclass(frozen=True, slots=True)
class Mended:
    """How many of each kind were found and mended, and keys of those that need somebody: at most
    `MOST_NAMED`.
    """

    found: Mapping[str, int]
    mended: Mapping[str, int]
    found_bytes: int
    left: Sequence[Found]
    left_count: int

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong, or nothing any more."""
        return dict(self.found) == dict(self.mended)


class Mending:
    """Deletes orphans and parts that died, drops rows of a job's files that are gone, and lets a transcript's
    revision be worked out from its changes where only the copy that makes that quick is gone.

    A recording whose bytes are gone, and a transcript whose first document is, are told and left: a backup
    has them, or a person decides.
    """

    def __init__(self, database: Database, store: ObjectStore, inventory: Inventory) -> None:
        self._database = database
        self._store = store
        self._inventory = inventory

    async def run(self, *, mend: bool) -> Mended:
        """Look everything through; without `mend` nothing is changed."""
        counts = _Counts()
        batch: list[Found] = []
        async for fault in self._inventory.faults():
            counts.found[_named(fault)] += 1
            counts.size_bytes += fault.size_bytes if fault.fault is Fault.ORPHAN else 0
            batch.append(fault)
            if len(batch) >= _BATCH:
                counts.leave(await self._mend(batch, counts) if mend else batch)
                batch = []
        counts.leave(await self._mend(batch, counts) if mend else batch)
        async for leftover in self._inventory.leftovers():
            counts.found[_LEFTOVER] += 1
            counts.size_bytes += leftover.size_bytes
            if mend:
                await self._store.drop_leftover(leftover)
                counts.mended[_LEFTOVER] += 1
        return Mended(counts.found, +counts.mended, counts.size_bytes, counts.left, counts.left_count)

    async def _mend(self, batch: Sequence[Found], counts: "_Counts") -> list[Found]:
        """Those that could not be mended."""
        orphans = [found.key for found in batch if found.fault is Fault.ORPHAN]
        counts.mended[Fault.ORPHAN] += await self._delete(orphans)
        left = []
        for found in batch:
            if found.fault is Fault.ORPHAN:
                continue
            if await self._mend_row(found):
                counts.mended[_named(found)] += 1
            else:
                left.append(found)
        return left

    async def _delete(self, keys: Sequence[str]) -> int:
        """Noted before they go, so that a crash in between leaves work for the sweeper."""
        async with self._database.writing() as session:
            gone = sorted(await self._inventory.unnamed(keys))
            session.add_all([Discarded(object_key=key) for key in gone])
        for key in gone:
            await self._store.delete(key)
        async with self._database.writing() as session:
            await MediaRepository(session).forget_keys(gone)
        return len(gone)

    async def _mend_row(self, found: Found) -> bool:
        async with self._database.writing() as session:
            if found.owner == ARTIFACT:
                return await _drop_artifact(session, found)
            if found.owner == REVISION and found.fault is Fault.LOST:
                return await _forget_copy(session, found.key)
        return False


@dataclass(slots=True)
class _Counts:
    found: Counter[str] = field(default_factory=Counter)
    mended: Counter[str] = field(default_factory=Counter)
    size_bytes: int = 0
    left: list[Found] = field(default_factory=list)
    left_count: int = 0

    def leave(self, faults: Sequence[Found]) -> None:
        self.left += faults[: MOST_NAMED - len(self.left)]
        self.left_count += len(faults)


async def _drop_artifact(session: AsyncSession, found: Found) -> bool:
    """A job that has not ended goes on with what it has, and says itself what it lacks."""
    ended = exists().where(Job.id == Artifact.job_id, Job.state.in_(FINISHED))
    gone = await session.scalars(
        delete(Artifact).where(Artifact.object_key == found.key, ended).returning(Artifact.id)
    )
    if not gone.all():
        return False
    if found.fault is Fault.DAMAGED:
        session.add(Discarded(object_key=found.key))
    return True


async def _forget_copy(session: AsyncSession, key: str) -> bool:
    """Of a document that can be worked out from the one before: all but the first."""
    copies = await session.scalars(
        update(Revision)
        .where(Revision.object_key == key, Revision.number > _FIRST)
        .values(object_key=None)
        .returning(Revision.number)
        .execution_options(synchronize_session=False)
    )
    return bool(copies.all())


def _named(found: Found) -> str:
    return f"{found.fault} {found.owner}".strip()
