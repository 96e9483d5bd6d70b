"""The list of erasures in the object store, which a restored database does not forget. Ids only."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from surtitle.storage import ObjectStore

PREFIX = "erasures"


@dataclass(frozen=True, slots=True)
class ErasureRecord:
    """What has to be known to erase again. `projects` were the person's alone, and went with them."""

    id: UUID
    user_id: UUID
    mode: str
    projects: tuple[UUID, ...]
    created_at: datetime


class ErasureList:
    """One small object an erasure."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def keep(self, record: ErasureRecord) -> None:
        """Write the record; once more is no fault."""
        document = {
            "id": str(record.id),
            "user_id": str(record.user_id),
            "mode": record.mode,
            "projects": [str(project_id) for project_id in record.projects],
            "created_at": record.created_at.isoformat(),
        }
        await self._store.put_bytes(f"{PREFIX}/{record.id}.json", json.dumps(document).encode())

    async def all(self) -> AsyncIterator[ErasureRecord]:
        """Every record, in the order in which the erasures were asked for."""
        keys = sorted([key async for key in self._store.keys(PREFIX) if key.endswith(".json")])
        for key in keys:
            document = json.loads(await self._store.read(key))
            yield ErasureRecord(
                UUID(document["id"]),
                UUID(document["user_id"]),
                document["mode"],
                tuple(UUID(project_id) for project_id in document["projects"]),
                datetime.fromisoformat(document["created_at"]),
            )
