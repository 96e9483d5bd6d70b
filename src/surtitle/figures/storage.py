"""What the store holds, and what it has room for."""

import asyncio
import shutil
from collections.abc import Sequence

from sqlalchemy import func, select

from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.db.job_models import Artifact
from surtitle.db.models import Media
from surtitle.observability.metrics import Sample, by_label
from surtitle.observability.metrics.disks import existing


class StorageFigures:
    """Used is what the tables say. Room is a disk's where the store is a folder, else the setting's."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._folder = settings.effective_storage.place(settings.storage_directory).folder
        self._capacity = settings.metrics.storage_capacity_bytes

    async def read(self) -> Sequence[Sample]:
        async with self._database.reading() as session:
            recordings = await session.scalar(select(func.sum(Media.size_bytes)))
            rows = await session.execute(
                select(Artifact.kind, func.sum(Artifact.size_bytes)).group_by(Artifact.kind)
            )
            made = {kind: float(size or 0) for kind, size in rows}
        results = made.pop("result", 0.0)
        used = {"recordings": float(recordings or 0), "results": results, "working": sum(made.values())}
        return [*by_label("surtitle_storage_used_bytes", used), *await self._room(sum(used.values()))]

    async def _room(self, used_bytes: float) -> list[Sample]:
        capacity, free = self._capacity, None
        if self._folder is not None:
            disk = await asyncio.to_thread(shutil.disk_usage, existing(self._folder))
            capacity, free = capacity or disk.total, float(disk.free)
        if capacity is None:
            return []
        left = max(capacity - used_bytes, 0.0)
        return [
            Sample("surtitle_storage_capacity_bytes", (), float(capacity)),
            # A folder's disk may be full of other things, and a share of it may be all that is ours.
            Sample("surtitle_storage_free_bytes", (), left if free is None else min(left, free)),
        ]
