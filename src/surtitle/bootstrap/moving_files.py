"""All objects of one store into another, each read again where it arrived."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from surtitle.errors import NotFound, SurtitleError
from surtitle.storage import ObjectStore, StoredObject

_AT_ONCE = 8
_TELL_EVERY = 100


class FilesDiffer(SurtitleError):
    """A file is missing or is not what was once written; it was not moved."""

    slug = "files-differ"


@dataclass(frozen=True, slots=True)
class FilesMoved:
    """`count` files with `size_bytes` are in the new store, of which `earlier` came by an earlier try."""

    count: int
    size_bytes: int
    earlier: int


async def move_files(
    source: ObjectStore,
    target: ObjectStore,
    expected: Mapping[str, str | None],
    *,
    ledger: Path,
    place: str,
    tell: Callable[[str], None],
) -> FilesMoved:
    """Copy every object. `expected` are those that must be there, with their SHA-256 where it is known.

    `ledger` remembers, for the `place` moved to, what arrived and was checked, so that a move that broke off
    goes on. Raises `FilesDiffer` naming the first wrong file.
    """
    keys = {key async for key in source.keys("")}
    if missing := sorted(expected.keys() - keys):
        raise FilesDiffer(
            f"{len(missing)} file(s) that the database knows are missing in the store, the first is "
            f"{missing[0]!r}. Restore them from a backup, or delete what they belong to; then move again."
        )
    known = _read_ledger(ledger, place)
    waiting = iter(sorted(keys))
    with ledger.open("a" if known else "w", encoding="utf-8") as notes:
        if known:
            # What a killed process had begun to note must not run into what comes now.
            notes.write("\n")
        else:
            _note(notes, {"place": place})
        mover = _Mover(source, target, expected, known, notes, tell, len(keys))
        await _all_at_once(mover.move(waiting) for _ in range(_AT_ONCE))
    return FilesMoved(mover.count, mover.size_bytes, mover.earlier)


async def _all_at_once(movers: Iterable[Coroutine[None, None, None]]) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for mover in movers:
                group.create_task(mover)
    except ExceptionGroup as errors:
        # They fail together when the store does; one says it all.
        raise errors.exceptions[0] from errors


@dataclass(slots=True)
class _Mover:
    source: ObjectStore
    target: ObjectStore
    expected: Mapping[str, str | None]
    known: Mapping[str, StoredObject]
    notes: TextIO
    tell: Callable[[str], None]
    total: int
    count: int = 0
    size_bytes: int = 0
    earlier: int = 0

    async def move(self, keys: Iterator[str]) -> None:
        for key in keys:
            stored = self.known.get(key)
            if stored is not None and await self._is_there(stored):
                self.earlier += 1
            else:
                stored = await self._copied(key)
                _note(self.notes, {"key": key, "size_bytes": stored.size_bytes, "sha256": stored.sha256})
            self.count += 1
            self.size_bytes += stored.size_bytes
            if self.count % _TELL_EVERY == 0 or self.count == self.total:
                self.tell(f"Moved {self.count} of {self.total} files")

    async def _is_there(self, stored: StoredObject) -> bool:
        try:
            return await self.target.size(stored.key) == stored.size_bytes
        except NotFound:
            return False

    async def _copied(self, key: str) -> StoredObject:
        stored = await self.target.put(key, self.source.stream(key))
        written = self.expected.get(key)
        if written is not None and stored.sha256 != written:
            raise FilesDiffer(
                f"{key!r} is not what was once written: its SHA-256 is {stored.sha256} and should be "
                f"{written}. Restore it from a backup, or delete what it belongs to; then move again."
            )
        if await _sha256(self.target.stream(key)) != stored.sha256:
            raise FilesDiffer(f"{key!r} arrived otherwise than it was sent. Move again.")
        return stored


async def _sha256(chunks: AsyncIterator[bytes]) -> str:
    digest = hashlib.sha256()
    async for chunk in chunks:
        await asyncio.to_thread(digest.update, chunk)
    return digest.hexdigest()


def _read_ledger(ledger: Path, place: str) -> dict[str, StoredObject]:
    """What is noted for this place; nothing where the ledger is of another."""
    if not ledger.exists():
        return {}
    known: dict[str, StoredObject] = {}
    for number, line in enumerate(ledger.read_text(encoding="utf-8").splitlines()):
        try:
            note = json.loads(line)
        except ValueError:
            # What a process that was killed had begun to note.
            continue
        if number == 0:
            if note.get("place") != place:
                return {}
            continue
        known[note["key"]] = StoredObject(note["key"], note["size_bytes"], note["sha256"])
    return known


def _note(notes: TextIO, note: dict[str, object]) -> None:
    notes.write(f"{json.dumps(note)}\n")
    notes.flush()
