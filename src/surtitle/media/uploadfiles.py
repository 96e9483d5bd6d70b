"""Unfinished uploads on disk: the bytes received so far, and a note of what was promised.

The size of the file of bytes *is* the offset. There is no second record of it that a crash could
leave behind or ahead, so a client that resumes always goes on at the very next byte.
"""

import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

from filelock import FileLock, Timeout

from surtitle.media.errors import UploadLocked, UploadNotFound

_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Promise:
    """What the client said that it would send."""

    project_id: str
    length: int
    name: str

    @property
    def project(self) -> UUID:
        return UUID(self.project_id)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An upload that was begun, and how far it has come."""

    promise: Promise
    offset: int
    idle_seconds: float

    @property
    def missing_bytes(self) -> int:
        return max(self.promise.length - self.offset, 0)


class UploadFiles:
    """The folder of unfinished uploads. Blocking: call it from a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, upload_id: str, promise: Promise) -> None:
        """The note last, and at once: an upload without one does not exist."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self.data(upload_id).touch()
        partial = self._path(upload_id, "new")
        with partial.open("w", encoding="utf-8") as file:
            file.write(json.dumps(asdict(promise)))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._path(upload_id, "json"))

    def promise(self, upload_id: str) -> Promise:
        """Raises `UploadNotFound`."""
        try:
            return Promise(**json.loads(self._path(upload_id, "json").read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError) as error:
            # Not there, or not whole after the machine lost its power: clean-up takes it.
            raise UploadNotFound(upload_id) from error

    def offset(self, upload_id: str) -> int:
        """Bytes received. Raises `UploadNotFound`."""
        try:
            return self.data(upload_id).stat().st_size
        except FileNotFoundError as error:
            raise UploadNotFound(upload_id) from error

    def touched_epoch(self, upload_id: str) -> float:
        """When bytes last came in. Raises `UploadNotFound`."""
        try:
            return self.data(upload_id).stat().st_mtime
        except FileNotFoundError as error:
            raise UploadNotFound(upload_id) from error

    def append(self, upload_id: str, data: bytes) -> None:
        with self.data(upload_id).open("ab") as file:
            file.write(data)

    def sync(self, upload_id: str) -> None:
        """Before a client is told that its bytes are here, they are."""
        with self.data(upload_id).open("rb") as file:
            os.fsync(file.fileno())

    def cut_back(self, upload_id: str, offset: int) -> None:
        os.truncate(self.data(upload_id), offset)

    def data(self, upload_id: str) -> Path:
        return self._path(upload_id, "data")

    def pending(self, upload_id: str) -> Path:
        """Where bytes wait whose checksum is not yet known to be right."""
        return self._path(upload_id, "pending")

    def accept_pending(self, upload_id: str) -> None:
        """Add the bytes that proved right. Cut off half-way, the offset still tells how many are in."""
        with self.pending(upload_id).open("rb") as source, self.data(upload_id).open("ab") as target:
            while piece := source.read(1024 * 1024):
                target.write(piece)
        self.pending(upload_id).unlink()

    def remove(self, upload_id: str) -> None:
        """The note first: what then remains is no upload, and the next clean-up takes it."""
        for kind in ("json", "data", "pending", "new", "lock"):
            with suppress(FileNotFoundError):
                self._path(upload_id, kind).unlink()

    def ids(self) -> list[str]:
        """Every upload that has left a trace here."""
        if not self._folder.is_dir():
            return []
        return sorted({path.stem for path in self._folder.iterdir() if _ID.fullmatch(path.stem)})

    def unfinished(self) -> list[Unfinished]:
        """All that are begun and not given up."""
        found, now = [], time.time()
        for upload_id in self.ids():
            with suppress(UploadNotFound):
                idle = now - self.touched_epoch(upload_id)
                found.append(Unfinished(self.promise(upload_id), self.offset(upload_id), idle))
        return found

    def promised_bytes(self, project_id: UUID) -> int:
        """What the unfinished uploads of a project will come to."""
        return sum(one.promise.length for one in self.unfinished() if one.promise.project == project_id)

    def is_older(self, upload_id: str, seconds: float) -> bool:
        """Whether nothing of this upload has changed for so long."""
        newest = max((path.stat().st_mtime for path in self._folder.glob(f"{upload_id}.*")), default=0.0)
        return time.time() - newest > seconds

    @contextmanager
    def locked(self, upload_id: str) -> Iterator[None]:
        """Alone with this upload, in this process and among all on this machine; ends with the process.

        Raises `UploadLocked` at once when somebody else is.
        """
        # Not bound to a thread: the lock is taken in one worker thread and given back in another.
        lock = FileLock(self._path(upload_id, "lock"), thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise UploadLocked(upload_id) from error
        try:
            yield
        finally:
            lock.release()

    def _path(self, upload_id: str, kind: str) -> Path:
        # The id comes from a URL; only what we hand out ourselves may become a path.
        if not _ID.fullmatch(upload_id):
            raise UploadNotFound(upload_id)
        return self._folder / f"{upload_id}.{kind}"
