"""The bytes of a fetch that have come so far, and what they are the beginning of. Blocking: use a thread.

A note beside the bytes says which version of the file they belong to: they grow only while the server says
that it is still the same one.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

from filelock import FileLock, Timeout

from surtitle.errors import Busy


@dataclass(frozen=True, slots=True)
class Note:
    """`validator`: a strong `ETag`, or `Last-Modified`; None: the file cannot be gone on with."""

    validator: str | None = None
    total_bytes: int | None = None
    name: str | None = None
    complete: bool = False


class PartFile:
    """The folder of one fetch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "part"
        self._note = folder / "note.json"

    def note(self) -> Note:
        try:
            return Note(**json.loads(self._note.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return Note()

    def size(self) -> int:
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def begin(self, note: Note) -> None:
        """Drop what is there. The bytes go before the note that they belonged to."""
        self.path.write_bytes(b"")
        self._write(note)

    def append(self, data: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(data)

    def finish(self) -> None:
        """All bytes are there, and on the disk."""
        with self.path.open("rb") as file:
            os.fsync(file.fileno())
        self._write(Note(**{**asdict(self.note()), "complete": True}))

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone with it on this machine, until this process ends at the latest. Raises `Busy`."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(self.folder / "lock", thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise Busy("Another process is still at this fetch.") from error
        try:
            yield
        finally:
            lock.release()

    def _write(self, note: Note) -> None:
        fresh = self._note.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(note)))
        fresh.replace(self._note)


class PartFiles:
    """All fetches that have left something on this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, fetch_id: UUID) -> PartFile:
        return PartFile(self._folder / fetch_id.hex)

    def ids(self) -> list[UUID]:
        if not self._folder.is_dir():
            return []
        return [UUID(path.name) for path in self._folder.iterdir() if _is_hex_id(path.name)]


def _is_hex_id(name: str) -> bool:
    try:
        return UUID(name).hex == name
    except ValueError:
        return False
