"""The list, in the object store, of purges that people asked for: a restored database does not forget it."""

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from surtitle.domain.keeping import KeepingPlan, KeptKind, plan_for
from surtitle.storage import ObjectStore

PREFIX = "purges"


@dataclass(frozen=True, slots=True)
class PurgeRecord:
    """What has to be known to purge again: of some kinds, or of everything, what is older than a moment. What
    is newer stays then, too.
    """

    project_id: UUID
    kinds: Sequence[KeptKind]
    before: datetime

    @property
    def plan(self) -> KeepingPlan:
        return plan_for(self.kinds, self.before)

    @property
    def name(self) -> str:
        """`PROJECT/KINDS/MOMENT.json`: of two that differ in the moment alone, the later one says it all."""
        return f"{self.project_id}/{'_'.join(sorted(self.plan.before))}/{self.before:%Y%m%dT%H%M%S%f}Z.json"


class PurgeList:
    """One small object for a project and what was purged of it, however often. Those of earlier versions, one
    a purge, lie beside them.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def keep(self, record: PurgeRecord) -> None:
        """Write the record, unless another says as much; those of which it does go. Once more is no fault."""
        folder = f"{PREFIX}/{record.name.rpartition('/')[0]}"
        known = [key.removeprefix(f"{PREFIX}/") async for key in self._store.keys(folder)]
        if record.name in known or outdone([record.name], known):
            return
        document = {"project_id": str(record.project_id), "plan": record.plan.as_json()}
        await self._store.put_bytes(f"{PREFIX}/{record.name}", json.dumps(document).encode())
        for name in outdone(known, [record.name]):
            await self._store.delete(f"{PREFIX}/{name}")

    async def all(self) -> AsyncIterator[tuple[UUID, KeepingPlan]]:
        """By every record, the project, and what goes of it."""
        keys = sorted([key async for key in self._store.keys(PREFIX) if key.endswith(".json")])
        for key in keys:
            document = json.loads(await self._store.read(key))
            yield UUID(document["project_id"]), KeepingPlan.from_json(document["plan"])


def outdone(names: Iterable[str], by: Iterable[str]) -> Sequence[str]:
    """Those of the records of these names of which one in `by` says as much: up to a later moment, of the
    same kinds in the same project.
    """
    last: dict[str, str] = {}
    for name in by:
        folder, _, moment = name.rpartition("/")
        last[folder] = max(moment, last.get(folder, ""))
    # The names of an earlier version have no folder, and tell no moment.
    last.pop("", None)
    return [name for name in names if name.rpartition("/")[2] < last.get(name.rpartition("/")[0], "")]
