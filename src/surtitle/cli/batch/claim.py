"""One command at a time for one piece of work, and the memory that an earlier one was cut off."""

import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from surtitle.cli.batch.inputs import Source
from surtitle.errors import Busy, SurtitleError

GOING_ON = "an earlier run did not come to its end; going on from there"
_KEEP = "keep"


class WorkKept(SurtitleError):
    """The work is done, and its result could not be put in its place."""

    slug = "work-kept"

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} What was made is kept, and the same command goes on from there.")


@dataclass(slots=True)
class Claim:
    """A command's hold on its work, with the `key` of all that is made for it.

    Its note says the key while the command is at work, and afterwards while what was made `waits` for the
    same command. Without a note nothing can wait.
    """

    key: str
    keep: bool
    """Whether this command, or the one that was cut off, was to leave job and recording where they are."""
    note: Path | None = None
    left_over: bool = False
    waits: bool = False

    @property
    def tag(self) -> str:
        """Names the work in the names of half-written files."""
        return self.key[4:16]

    def begin_afresh(self) -> None:
        """What the earlier command made cannot be taken up: from now on there is another key."""
        self.key = _new_key()
        self.write_note()

    def write_note(self) -> None:
        """Whole or not at all, also in a power cut: without its key nobody finds what was made."""
        if self.note is None:
            return
        part = self.note.with_suffix(".part")
        with part.open("w", encoding="ascii") as file:
            file.write(f"{self.key} {_KEEP}\n" if self.keep else f"{self.key}\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.note)


def work_key(source: Source, recipe: str, options: dict[str, Any]) -> str | None:
    """What this work on this very file is called: the same command goes on where it was.

    None for standard input, which cannot be read twice.
    """
    if source.path is None:
        return None
    path = source.path.resolve()
    facts = path.stat()
    told = [str(path), facts.st_size, facts.st_mtime_ns, recipe, options]
    return "cli-" + hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


@contextmanager
def claimed(folder: Path, work: str | None, *, keep: bool) -> Iterator[Claim]:
    """Hold the work while the block lasts; the claim says whether an earlier command left it unfinished.

    The note of it stays when the process dies. Raises `Busy` when another command does this very work now.
    """
    if work is None:
        yield Claim(_new_key(), keep)
        return
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / work
    # The lock's own file may come and go as the library likes; the note is ours.
    lock = FileLock(folder / f"{work}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise Busy("Another surtitle command does the very same work now; wait for that one.") from None
    try:
        claim = _taken_up(note, keep) if note.exists() else Claim(_new_key(), keep, note)
        claim.write_note()
        try:
            yield claim
        finally:
            if not claim.waits:
                note.unlink(missing_ok=True)
    finally:
        (folder / f"{work}.lock").unlink(missing_ok=True)
        lock.release()


def _taken_up(note: Path, keep: bool) -> Claim:
    # Older versions left the note empty: the key was its name.
    key, *more = note.read_text(encoding="ascii").split() or [note.name]
    return Claim(key, keep or _KEEP in more, note, left_over=True, waits=True)


def _new_key() -> str:
    # Another for each command: one that comes later asks for new work, whatever an earlier one kept.
    return f"cli-{secrets.token_hex(16)}"
