"""Objects of the store into a backup: those that it has not got yet, several at a time, in order."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from surtitle.backups.place import BackupPlace, SavedObject, object_name
from surtitle.backups.references import References
from surtitle.errors import NotFound
from surtitle.storage import ObjectDamaged, ObjectStore

_AT_ONCE = 8
_TELL_EVERY = 100


@dataclass(slots=True)
class Sent:
    """`missing` are keys of objects that are not there, or not as they were written."""

    count: int = 0
    size_bytes: int = 0
    sent_bytes: int = 0
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A content, and the objects that have it: those of one content come together. `size_bytes` None: not
    known before it is read. `there` is the size of the file that the backup's store has for it, None without
    one.
    """

    objects: Sequence[SavedObject]
    size_bytes: int | None
    there: int | None


@dataclass(frozen=True, slots=True)
class _Outcome:
    saved: Sequence[SavedObject] = ()
    missing: Sequence[str] = ()
    sent_bytes: int = 0


class ObjectSender:
    """Makes sure that the backup's store has the content of every reference."""

    def __init__(self, store: ObjectStore, place: BackupPlace, tell: Callable[[str], None]) -> None:
        self._store = store
        self._place = place
        self._tell = tell

    async def entries(
        self, references: References, stored: Iterable[str], sent: Sent
    ) -> AsyncGenerator[list[object], None]:
        """An entry of the backup's list for each reference whose content is there at last, in the order of
        contents; `stored` are those that are there already. What came of it is added to `sent`.
        """
        under_way: deque[asyncio.Task[_Outcome]] = deque()
        try:
            for wanted in _wanted(references, stored):
                under_way.append(asyncio.create_task(self._one(wanted)))
                if len(under_way) >= _AT_ONCE:
                    for entry in self._told(await _first(under_way), sent):
                        yield entry
            while under_way:
                for entry in self._told(await _first(under_way), sent):
                    yield entry
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    def _told(self, outcome: _Outcome, sent: Sent) -> Iterator[list[object]]:
        sent.sent_bytes += outcome.sent_bytes
        sent.missing += outcome.missing
        for saved in outcome.saved:
            sent.count += 1
            sent.size_bytes += saved.size_bytes
            if sent.count % _TELL_EVERY == 0:
                self._tell(f"{sent.count} files are in the backup")
            yield [saved.key, saved.size_bytes, saved.sha256, saved.content]

    async def _one(self, wanted: _Wanted) -> _Outcome:
        if wanted.there is not None and await self._fits(wanted, wanted.there):
            return _Outcome(_sized(wanted.objects, self._place.content_of(wanted.there)))
        # Of objects that are alike one is enough: what is lost of the others comes back with it.
        for candidate in wanted.objects:
            try:
                written = await self._copied(candidate, wanted.size_bytes)
            except (NotFound, ObjectDamaged):
                continue
            return _Outcome(_sized(wanted.objects, self._place.content_of(written)), sent_bytes=written)
        return _Outcome(missing=[one.key for one in wanted.objects])

    async def _fits(self, wanted: _Wanted, there: int) -> bool:
        """Whether the file that is there is as long as one of this content is; it may be cut short."""
        size_bytes = wanted.size_bytes
        if size_bytes is None:
            try:
                size_bytes = await self._store.size(wanted.objects[0].key)
            except NotFound:
                # All that is left of it is in the backup.
                return True
        return there == self._place.size_of(size_bytes)

    async def _copied(self, wanted: SavedObject, size_bytes: int | None) -> int:
        chunks = self._store.stream(wanted.key, size_bytes=size_bytes, sha256=wanted.sha256)
        return await self._place.write(object_name(wanted.content), chunks)


def _sized(objects: Iterable[SavedObject], size_bytes: int) -> list[SavedObject]:
    return [replace(one, size_bytes=size_bytes) for one in objects]


async def _first(under_way: deque[asyncio.Task[_Outcome]]) -> _Outcome:
    outcome = await under_way[0]
    under_way.popleft()
    return outcome


def _wanted(references: References, stored: Iterable[str]) -> Iterator[_Wanted]:
    """`stored` is in the order of contents, as the references are."""
    there, name, size = iter(stored), "", 0
    for content, together in groupby(references, key=lambda one: one[0].content):
        while name < content and (line := next(there, None)) is not None:
            name, size = line.split("\t")[0], int(line.split("\t")[1])
        objects = list(together)
        known = objects[0][0].size_bytes if objects[0][1] else None
        yield _Wanted([one for one, _ in objects], known, size if name == content else None)
