"""What must outlive a restore: the lists of erasures and purges, carried to the backups, and back."""

from collections.abc import AsyncIterator, Sequence

from surtitle.accounts import erasure_list, purge_list, voice_erasure_list
from surtitle.backups.errors import BackupDamaged
from surtitle.backups.place import BackupPlace
from surtitle.errors import NotFound
from surtitle.storage import ObjectStore

CARRIED = (erasure_list.PREFIX, voice_erasure_list.PREFIX, purge_list.PREFIX)


class Carrying:
    """Records are small and never change, so each is carried once, and once more with every new key. They say
    ids and moments alone. None is taken back but a purge's, when a later one says as much.
    """

    def __init__(self, store: ObjectStore, place: BackupPlace) -> None:
        self._store = store
        self._place = place

    async def new_ones(self) -> int:
        """To the backups: how many were not there yet."""
        carried = 0
        for folder in CARRIED:
            known = {found.key async for found in self._place.listed(folder)}
            for name in await self._names(folder):
                if name not in known:
                    carried += await self._write(f"{folder}/{name}")
        return carried

    async def there(self, *, full: bool = False) -> None:
        """All of them to the backups, under the key of a backup that is made now: whoever restores it may
        have no other. With `full` they are written again, whatever is there. Those of purges that are there
        then, and say no more than one of these, go.
        """
        for folder in CARRIED:
            brought = [
                name for name in await self._names(folder) if await self._bring(f"{folder}/{name}", full=full)
            ]
            if folder == purge_list.PREFIX:
                known = [found.key async for found in self._place.listed(folder)]
                for name in purge_list.outdone(known, brought):
                    await self._place.delete(f"{folder}/{name}")

    async def back(self) -> int:
        """To the installation that is restored: how many it did not know. What it knows is newer."""
        carried = 0
        for folder in CARRIED:
            known = set(await self._names(folder))
            async for found in self._place.listed(folder):
                if found.key not in known:
                    data = await _content(self._place, f"{folder}/{found.key}")
                    if data is not None:
                        await self._store.put_bytes(f"{folder}/{found.key}", data)
                        carried += 1
        return carried

    async def _bring(self, file: str, *, full: bool) -> bool:
        return (not full and await self._place.is_under_this_key(file)) or await self._write(file)

    async def _write(self, file: str) -> bool:
        """False where it went meanwhile."""
        try:
            data = await self._store.read(file)
        except NotFound:
            return False
        await self._place.write(file, once(data))
        return True

    async def _names(self, folder: str) -> Sequence[str]:
        return sorted([key.removeprefix(f"{folder}/") async for key in self._store.keys(folder)])


async def require_readable(place: BackupPlace) -> None:
    """Every record that was carried is what was written. Raises `BackupDamaged`, `KeyMissing`."""
    for folder in CARRIED:
        async for found in place.listed(folder):
            await _content(place, f"{folder}/{found.key}")


async def _content(place: BackupPlace, file: str) -> bytes | None:
    """Of a record; None where it went since it was listed."""
    try:
        return b"".join([piece async for piece in place.read(file)])
    except BackupDamaged:
        if await place.has(file):
            raise
        return None


async def once(data: bytes) -> AsyncIterator[bytes]:
    """These bytes as a stream."""
    yield data
