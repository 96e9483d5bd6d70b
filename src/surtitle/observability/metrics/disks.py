"""Figures of the disks that this process writes to."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from surtitle.observability.metrics.readings import Figure, Part, Sample

_FRESH_SECONDS = 10.0

DISK_FIGURES = (
    Figure("surtitle_disk_size_bytes", "The disk on which this process keeps something.", ("place",)),
    Figure("surtitle_disk_free_bytes", "What is free there.", ("place",)),
)


def disk_part(places: Mapping[str, Path]) -> Part:
    """The disks below these folders; one that is not made yet is made on the disk of its nearest parent."""

    async def read() -> Sequence[Sample]:
        # A folder on a server that is away blocks whoever looks at it.
        return await asyncio.to_thread(_read, places)

    return Part("disks", read, _FRESH_SECONDS)


def _read(places: Mapping[str, Path]) -> list[Sample]:
    samples = []
    for place, folder in places.items():
        usage = shutil.disk_usage(existing(folder))
        samples += [
            Sample("surtitle_disk_size_bytes", (place,), float(usage.total)),
            Sample("surtitle_disk_free_bytes", (place,), float(usage.free)),
        ]
    return samples


def existing(folder: Path) -> Path:
    """The folder, or what is there of the way to it."""
    return next(place for place in (folder, *folder.parents) if place.exists())
