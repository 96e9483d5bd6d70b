"""What must outlive a restore: the lists of erasures and purges, carried to the backups, and back."""

from collections.abc import AsyncIterator, Sequence

from surtitle.accounts import erasure_list, purge_list, voice_erasure_list
from surtitle.backups.place import BackupPlace
from surtitle.storage import ObjectStore

CARRIED = (erasure_list.PREFIX, voice_erasure_list.PREFIX, purge_list.PREFIX)


class Carrying:
    """Records are small and never taken back, so each is carried once, and once more with every new key. They
    say ids and moments alone.
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
                    await self._write(f"{folder}/{name}")
                    carried += 1
        return carried

    async def there(self, *, full: bool = False) -> None:
        """All of them to the backups, under the key of a backup that is made now: whoever restores it may
        have no other. With `full` they are written again, whatever is there.
        """
        for folder in CARRIED:
            for name in await self._names(folder):
                if full or not await self._place.is_under_this_key(f"{folder}/{name}"):
                    await self._write(f"{folder}/{name}")

    async def back(self) -> int:
        """To the installation that is restored: how many it did not know. What it knows is newer."""
        carried = 0
        for folder in CARRIED:
            known = set(await self._names(folder))
            async for found in self._place.listed(folder):
                if found.key not in known:
                    data = [piece async for piece in self._place.read(f"{folder}/{found.key}")]
                    await self._store.put_bytes(f"{folder}/{found.key}", b"".join(data))
                    carried += 1
        return carried

    async def _write(self, file: str) -> None:
        await self._place.write(file, once(await self._store.read(file)))

    async def _names(self, folder: str) -> Sequence[str]:
        return sorted([key.removeprefix(f"{folder}/") async for key in self._store.keys(folder)])


async def require_readable(place: BackupPlace) -> None:
    """Every record that was carried is what was written. Raises `BackupDamaged`, `KeyMissing`."""
    for folder in CARRIED:
        async for found in place.listed(folder):
            async for _ in place.read(f"{folder}/{found.key}"):
                pass


async def once(data: bytes) -> AsyncIterator[bytes]:
    """These bytes as a stream."""
    yield data
