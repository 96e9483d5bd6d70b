"""The list, in the object store, of purges that people asked for: a restored database does not forget it."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from surtitle.domain.keeping import KeepingPlan
from surtitle.storage import ObjectStore

PREFIX = "purges"


@dataclass(frozen=True, slots=True)
class PurgeRecord:
    """What has to be known to purge again. It holds moments, not ages: what is newer stays then, too."""

    id: UUID
    project_id: UUID
    plan: KeepingPlan


class PurgeList:
    """One small object a purge."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def keep(self, record: PurgeRecord) -> None:
        """Write the record; once more is no fault."""
        document = {"project_id": str(record.project_id), "plan": record.plan.as_json()}
        await self._store.put_bytes(f"{PREFIX}/{record.id}.json", json.dumps(document).encode())

    async def all(self) -> AsyncIterator[PurgeRecord]:
        """Every record, in the order in which the purges were asked for."""
        keys = sorted([key async for key in self._store.keys(PREFIX) if key.endswith(".json")])
        for key in keys:
            document = json.loads(await self._store.read(key))
            yield PurgeRecord(
                UUID(key.removeprefix(f"{PREFIX}/").removesuffix(".json")),
                UUID(document["project_id"]),
                KeepingPlan.from_json(document["plan"]),
            )
