from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from surtitle.config import Settings
from surtitle.errors import NotFound, StorageFull
from surtitle.storage import ObjectStore, open_store


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    url = "memory://" if request.param == "memory" else f"file://{tmp_path / 'files'}"
    return open_store(Settings(data_dir=tmp_path, storage_url=url))


async def pieces(count: int, *, fail_after: int | None = None) -> AsyncIterator[bytes]:
    for number in range(count):
        if number == fail_after:
            raise ValueError("the client went away")
        yield bytes([number]) * 3_000_000


async def test_an_object_comes_back_as_it_went_in(store: ObjectStore) -> None:
    stored = await store.put("a/b", pieces(5))
    assert stored.size_bytes == 15_000_000 == await store.size("a/b")
    assert b"".join([chunk async for chunk in store.stream("a/b")]) == await store.read("a/b")


async def test_a_stream_that_breaks_leaves_nothing(store: ObjectStore) -> None:
    with pytest.raises(ValueError, match="went away"):
        await store.put("a/b", pieces(5, fail_after=4))
    assert not await store.exists("a/b")
    assert [key async for key in store.keys("a")] == []
    if store.local_root:
        assert [path for path in store.local_root.rglob("*") if path.is_file()] == []


async def test_a_range_holds_just_the_bytes_asked_for(store: ObjectStore) -> None:
    await store.put_bytes("x", bytes(range(256)) * 10_000)
    got = b"".join([chunk async for chunk in store.stream("x", 5, 1_500_007)])
    assert got == (bytes(range(256)) * 10_000)[5:1_500_007]


async def test_an_absent_object_is_not_found_and_can_be_deleted_again(store: ObjectStore) -> None:
    with pytest.raises(NotFound):
        await store.read("nothing/here")
    await store.delete("nothing/here")


async def test_an_object_can_be_used_as_a_file(store: ObjectStore, tmp_path: Path) -> None:
    await store.put_bytes("media/one/source", b"sound")
    async with store.as_file("media/one/source", tmp_path / "scratch") as path:
        assert path.read_bytes() == b"sound"
    assert list((tmp_path / "scratch").glob("*")) == []


async def test_a_full_disk_is_told_as_such_and_leaves_nothing(small_disk: Path) -> None:
    store = open_store(Settings(data_dir=small_disk))
    with pytest.raises(StorageFull, match="No room left"):
        await store.put("full", pieces(5))
    assert not await store.exists("full")
    assert [path for path in small_disk.rglob("*") if path.is_file()] == []
