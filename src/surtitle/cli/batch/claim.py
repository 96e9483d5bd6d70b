"""One command at a time for one piece of work, and the memory that an earlier one was cut off."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from surtitle.cli.batch.inputs import Source
from surtitle.errors import Busy


def work_key(source: Source, recipe: str, options: dict[str, Any]) -> str | None:
    """The idempotency key of this work on this very file: the same command goes on where it was.

    None for standard input, which cannot be read twice.
    """
    if source.path is None:
        return None
    path = source.path.resolve()
    facts = path.stat()
    told = [str(path), facts.st_size, facts.st_mtime_ns, recipe, options]
    return "cli-" + hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


@contextmanager
def claimed(folder: Path, key: str | None) -> Iterator[bool]:
    """Hold the work `key` while the block lasts; gives whether an earlier command left it unfinished.

    The note of it stays when the process dies. Raises `Busy` when another command does this very work now.
    """
    if key is None:
        yield False
        return
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / key
    # The lock's own file may come and go as the library likes; the note is ours.
    lock = FileLock(folder / f"{key}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise Busy("Another surtitle command does the very same work now; wait for that one.") from None
    try:
        left_over = note.exists()
        note.touch()
        try:
            yield left_over
        finally:
            note.unlink(missing_ok=True)
    finally:
        (folder / f"{key}.lock").unlink(missing_ok=True)
        lock.release()
