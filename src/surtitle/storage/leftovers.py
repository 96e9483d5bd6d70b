"""What writers that died left in a store, and no listing shows: parts that never became an object."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from surtitle.storage.s3_bucket import BucketClient

# What obstore calls a file that it is still writing: the object's name, `#` and a number.
_UNFINISHED = re.compile(r"#\d+$")


@dataclass(frozen=True, slots=True)
class Leftover:
    """`upload_id` in a bucket, where its size is not told; on a disk None."""

    key: str
    size_bytes: int
    upload_id: str | None = None


async def leftovers(
    folders: tuple[str, ...], older_than: datetime, root: Path | None, bucket: BucketClient | None
) -> AsyncIterator[Leftover]:
    """Those below `folders` that were begun before `older_than`."""
    if bucket is not None:
        async for upload in bucket.open_uploads():
            if upload.begun_at < older_than and upload.key.startswith(folders):
                yield Leftover(upload.key, 0, upload.upload_id)
    if root is not None:
        for folder in folders:
            for leftover in await asyncio.to_thread(list, _on_disk(root, root / folder, older_than)):
                yield leftover


async def drop(leftover: Leftover, root: Path | None, bucket: BucketClient | None) -> None:
    """Remove it; one that is not there any more is no fault."""
    if bucket is not None and leftover.upload_id is not None:
        await bucket.abort(leftover.key, leftover.upload_id)
    if root is not None:
        await asyncio.to_thread((root / leftover.key).unlink, missing_ok=True)


def _on_disk(root: Path, folder: Path, older_than: datetime) -> Iterator[Leftover]:
    for place, _folders, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            if not _UNFINISHED.search(name):
                continue
            try:
                found = path.stat()
            except FileNotFoundError:
                # It has just become an object.
                continue
            if datetime.fromtimestamp(found.st_mtime, UTC) < older_than:
                yield Leftover(str(path.relative_to(root)), found.st_size)
