"""What must outlive a restore: the lists of erasures and purges, carried to the backups, and back."""

from collections.abc import AsyncIterator, Sequence

from surtitle.accounts import erasure_list, purge_list
from surtitle.backups.place import BackupPlace
from surtitle.storage import ObjectStore

LISTS = (erasure_list.PREFIX, purge_list.PREFIX)


class Carrying:
    """Records are small and never taken back, so each is carried once. They say ids and moments alone."""

    def __init__(self, store: ObjectStore, place: BackupPlace) -> None:
        self._store = store
        self._place = place

    async def there(self) -> int:
        """To the backups: how many were not there yet."""
        carried = 0
        for folder in LISTS:
            known = {found.key async for found in self._place.listed(folder)}
            for name in await self._names(folder):
                if name not in known:
                    await self._place.write(
                        f"{folder}/{name}", once(await self._store.read(f"{folder}/{name}"))
                    )
                    carried += 1
        return carried

    async def back(self) -> int:
        """To the installation that is restored: how many it did not know. What it knows is newer."""
        carried = 0
        for folder in LISTS:
            known = set(await self._names(folder))
            async for found in self._place.listed(folder):
                if found.key not in known:
                    data = [piece async for piece in self._place.read(f"{folder}/{found.key}")]
                    await self._store.put_bytes(f"{folder}/{found.key}", b"".join(data))
                    carried += 1
        return carried

    async def _names(self, folder: str) -> Sequence[str]:
        return sorted([key.removeprefix(f"{folder}/") async for key in self._store.keys(folder)])


async def once(data: bytes) -> AsyncIterator[bytes]:
    """These bytes as a stream."""
    yield data
