"""Objects of a backup into the installation's store, so that a restore that fails leaves it as it was."""

import asyncio
import tempfile
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import IO

from surtitle.backups.checking import checked
from surtitle.backups.errors import InstallationNotEmpty
from surtitle.backups.manifest import Manifest
from surtitle.backups.place import BackupPlace, SavedObject
from surtitle.errors import NotFound
from surtitle.storage import ObjectDamaged, ObjectStore

_AT_ONCE = 8
_TELL_EVERY = 100


@dataclass(frozen=True, slots=True)
class Arrived:
    """`already` of them were there before."""

    count: int
    size_bytes: int
    already: int


class ObjectArrival:
    """Puts every object of a backup in its place. Nothing refers to them before the rows are there: until
    then they can be taken away again (`take_back`).

    What lies there with the same content stays. What lies there with another content is written over last,
    when everything else has been read and found right, and only with `replace`.
    """

    def __init__(
        self,
        place: BackupPlace,
        manifest: Manifest,
        store: ObjectStore,
        *,
        replace: bool,
        tell: Callable[[str], None],
    ) -> None:
        self._place = place
        self._manifest = manifest
        self._store = store
        self._replace = replace
        self._tell = tell
        # Closed by `close`.
        self._written: IO[str] = tempfile.TemporaryFile("w+", dir=_made(place), encoding="utf-8")  # noqa: SIM115
        self._others: list[SavedObject] = []
        self._count = self._size = self._already = 0
        self._kept = False

    async def bring(self) -> Arrived:
        """Raises `BackupDamaged`, and `InstallationNotEmpty` where other contents are in the way."""
        under_way: deque[asyncio.Task[None]] = deque()
        entries: AsyncGenerator[SavedObject, None] = self._place.saved_objects(self._manifest.name)
        try:
            async with aclosing(entries):
                async for saved in entries:
                    under_way.append(asyncio.create_task(self._bring(saved)))
                    if len(under_way) >= _AT_ONCE:
                        await under_way[0]
                        under_way.popleft()
            while under_way:
                await under_way[0]
                under_way.popleft()
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
        return Arrived(self._count, self._size, self._already)

    async def write_over(self) -> None:
        """The contents that were in the way. From here on there is no way back but the restore itself."""
        for saved in self._others:
            await self._store.put(saved.key, checked(self._place, saved))

    async def take_back(self) -> None:
        """Remove what was written: the restore does not take place."""
        if self._kept:
            return
        self._written.seek(0)
        for line in self._written:
            await self._store.delete(line.rstrip("\n"))

    def keep(self) -> None:
        """From now on nothing is taken back."""
        self._kept = True

    def close(self) -> None:
        self._written.close()

    async def _bring(self, saved: SavedObject) -> None:
        there = await self._there(saved)
        if there is None:
            # Noted first: what is being written when the restore ends must be found too.
            self._written.write(f"{saved.key}\n")
            await self._store.put(saved.key, checked(self._place, saved))
        elif there:
            self._already += 1
        else:
            if not self._replace:
                raise InstallationNotEmpty(f"its store has another file {saved.key!r}")
            async for _ in checked(self._place, saved):
                pass
            self._others.append(saved)
        self._count += 1
        self._size += saved.size_bytes
        if self._count % _TELL_EVERY == 0:
            self._tell(f"{self._count} of {self._manifest.objects} files are there")

    async def _there(self, saved: SavedObject) -> bool | None:
        """Whether this very content is in its place; None: nothing is."""
        try:
            if await self._store.size(saved.key) != saved.size_bytes:
                return False
        except NotFound:
            return None
        return await self._is_same(saved)

    async def _is_same(self, saved: SavedObject) -> bool:
        if saved.sha256 is not None:
            try:
                async for _ in self._store.stream(saved.key, sha256=saved.sha256):
                    pass
            except ObjectDamaged:
                return False
            return True
        # Documents of transcripts are small.
        mine = b"".join([piece async for piece in checked(self._place, saved)])
        return await self._store.read(saved.key) == mine


def _made(place: BackupPlace) -> str:
    place.scratch.mkdir(parents=True, exist_ok=True)
    return str(place.scratch)
