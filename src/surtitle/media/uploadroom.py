"""Whether there is room for one more resumable upload, and for what those that are begun still bring."""

import shutil
from pathlib import Path
from uuid import UUID

from surtitle.errors import StorageFull
from surtitle.media.upload_places import require_place
from surtitle.media.uploadfiles import UploadFiles

_LIVELY_SECONDS = 600.0
"""Room is held for an upload that got bytes in this time. One that goes on later is looked at again."""


class UploadRoom:
    """The disk with the folder of unfinished uploads, on which `free_disk_bytes` stay free. The copy that is
    made of a complete one goes to the disk of `copies`. Blocking: call it from a thread.
    """

    def __init__(self, files: UploadFiles, folder: Path, copies: Path, free_disk_bytes: int) -> None:
        self._files = files
        self._folder = folder
        self._copies = copies
        self._free_disk_bytes = free_disk_bytes

    def require(self, project_id: UUID, length: int) -> None:
        """For one more upload of the project. Raises `Busy`, `StorageFull`."""
        begun = self._files.unfinished()
        require_place(sum(one.promise.project == project_id for one in begun), len(self._files.ids()))
        coming = length + sum(one.missing_bytes for one in begun if one.idle_seconds < _LIVELY_SECONDS)
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._folder.stat().st_dev == self._copies.stat().st_dev:
            self._require(self._folder, coming + length)
        else:
            self._require(self._folder, coming)
            self._require(self._copies, length)

    def require_disk(self, wanted_bytes: int = 0) -> None:
        """For bytes that come now. Raises `StorageFull`."""
        self._require(self._folder, wanted_bytes)

    def _require(self, disk: Path, wanted_bytes: int) -> None:
        free = shutil.disk_usage(disk).free
        if free - wanted_bytes < self._free_disk_bytes:
            raise StorageFull(f"The disk has {free} bytes free, too few for this file. Free some.")
