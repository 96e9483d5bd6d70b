import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from tests.servers.faulty_proxy import HEALTHY, Fault, faulty_proxy
from tests.servers.seaweedfs import S3Server, seaweedfs

from surtitle.config import Settings, StorageSettings
from surtitle.errors import NotFound, StorageFull, Unavailable
from surtitle.ids import new_id
from surtitle.storage import ObjectDamaged, ObjectStore, open_store

ALPHABET = bytes(range(256)) * 40_000


async def pieces(count: int, *, fail_after: int | None = None) -> AsyncIterator[bytes]:
    for number in range(count):
        if number == fail_after:
            raise ValueError("the client went away")
        yield bytes([number]) * 3_000_000


async def joined(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def damage(store: ObjectStore, key: str, data: bytes) -> None:
    """Something else writes other bytes in the place of an object."""
    await store.put_bytes(key, data)


async def test_an_object_comes_back_as_it_went_in(store: ObjectStore) -> None:
    stored = await store.put("a/b", pieces(5))
    assert stored.size_bytes == 15_000_000 == await store.size("a/b")
    whole = await joined(store.stream("a/b", sha256=stored.sha256))
    assert whole == await store.read("a/b", sha256=stored.sha256) == await joined(pieces(5))
    assert stored.sha256 == sha256(whole).hexdigest()


async def test_a_stream_that_breaks_leaves_nothing(store: ObjectStore) -> None:
    with pytest.raises(ValueError, match="went away"):
        await store.put("a/b", pieces(5, fail_after=4))
    assert not await store.exists("a/b")
    assert [key async for key in store.keys("a")] == []
    if store.local_root:
        assert [path for path in store.local_root.rglob("*") if path.is_file()] == []
    if store.bucket:
        assert [upload async for upload in store.bucket.open_uploads()] == []


async def test_a_range_holds_just_the_bytes_asked_for(store: ObjectStore) -> None:
    await store.put_bytes("x", ALPHABET)
    assert await joined(store.stream("x", 5, 9_500_007)) == ALPHABET[5:9_500_007]
    assert await joined(store.stream("x", 7, 7)) == b""


async def test_a_reader_may_stop_early(store: ObjectStore) -> None:
    await store.put_bytes("x", ALPHABET)
    stream = store.stream("x")
    assert ALPHABET.startswith(await anext(stream))
    await stream.aclose()


async def test_keys_are_those_below_a_prefix_and_no_others(store: ObjectStore) -> None:
    for key in ("a/1", "a/2/3", "b/1"):
        await store.put_bytes(key, b"x")
    assert {key async for key in store.keys("a")} == {"a/1", "a/2/3"}


async def test_an_absent_object_is_not_found_and_can_be_deleted_again(store: ObjectStore) -> None:
    with pytest.raises(NotFound):
        await store.read("nothing/here")
    await store.delete("nothing/here")


async def test_an_object_can_be_used_as_a_file(store: ObjectStore, tmp_path: Path) -> None:
    stored = await store.put_bytes("media/one/source", b"sound")
    async with store.as_file("media/one/source", tmp_path / "scratch", sha256=stored.sha256) as path:
        assert path.read_bytes() == b"sound"
    async with store.measured_file("media/one/source", tmp_path / "scratch") as (path, measured):
        assert measured == stored
    assert list((tmp_path / "scratch").glob("*")) == []


@pytest.mark.parametrize("other", [b"sounds bad", b"soun", b""])
async def test_bytes_that_are_not_those_that_were_written_are_never_handed_out_as_such(
    store: ObjectStore, tmp_path: Path, other: bytes
) -> None:
    written = (await store.put_bytes("x", b"sound")).sha256
    await damage(store, "x", other)
    with pytest.raises(ObjectDamaged, match="'x' is not what was written"):
        await store.read("x", sha256=written)
    with pytest.raises(ObjectDamaged):
        async with store.as_file("x", tmp_path / "scratch", sha256=written):
            pass
    with pytest.raises(ObjectDamaged):
        await joined(store.stream("x", 0, 5, size_bytes=5, sha256=written))


async def test_the_end_of_a_damaged_object_is_not_sent(store: ObjectStore) -> None:
    """A client that counts what it gets then knows that something is wrong."""
    written = (await store.put_bytes("x", ALPHABET)).sha256
    await damage(store, "x", ALPHABET[:-1] + b"!")
    got = 0
    with suppress(ObjectDamaged):
        async for piece in store.stream("x", sha256=written):
            got += len(piece)
    assert 0 < got < len(ALPHABET)


async def test_a_full_disk_is_told_as_such_and_leaves_nothing(small_disk: Path) -> None:
    store = open_store(Settings(data_dir=small_disk))
    with pytest.raises(StorageFull, match="No room left"):
        await store.put("full", pieces(5))
    assert not await store.exists("full")
    assert [path for path in small_disk.rglob("*") if path.is_file()] == []


async def test_with_a_prefix_the_full_key_is_the_one_in_the_bucket(
    s3: S3Server, on_s3: StorageSettings, tmp_path: Path
) -> None:
    store = open_store(Settings(data_dir=tmp_path, storage=on_s3))
    await store.put_bytes("jobs/1/transcript.txt", b"hello")
    whole_bucket = open_store(Settings(data_dir=tmp_path, storage=s3.settings()))
    assert await whole_bucket.read(store.full_key("jobs/1/transcript.txt")) == b"hello"


async def test_wrong_keys_are_named_and_no_secret_is_told(s3: S3Server, tmp_path: Path) -> None:
    wrong = s3.settings(secret_key="guessed-secret")
    store = open_store(Settings(data_dir=tmp_path, storage=wrong))
    with pytest.raises(Unavailable, match=r"storage\.secret_key") as refused:
        await store.put_bytes("x", b"x")
    assert "guessed-secret" not in str(refused.value) + repr(wrong)


@pytest.mark.parametrize("fault", [Fault(status=503), Fault(refuses=True), Fault(cut_after_bytes=1_000_000)])
async def test_what_fails_for_a_moment_is_tried_again(s3: S3Server, tmp_path: Path, fault: Fault) -> None:
    with faulty_proxy(("127.0.0.1", s3.port)) as proxy:
        near = s3.settings(f"tests/{new_id().hex}", endpoint=proxy.before(s3.endpoint))
        store = open_store(Settings(data_dir=tmp_path, storage=near))
        proxy.fault = fault
        writing = asyncio.create_task(store.put("x", pieces(4)))
        while proxy.hits < 2:  # noqa: ASYNC110 - the proxy has a thread of its own
            await asyncio.sleep(0.01)
        proxy.fault = HEALTHY
        stored = await writing
        assert len(await store.read("x", sha256=stored.sha256)) == 12_000_000


async def test_a_store_that_comes_back_goes_on_with_what_it_had(tmp_path: Path) -> None:
    with seaweedfs(tmp_path / "weed") as server:
        quick = server.settings(retry_seconds=0, connect_seconds=1)
        store = open_store(Settings(data_dir=tmp_path, storage=quick))
        stored = await store.put("x", pieces(4))
        server.kill()
        with pytest.raises(Unavailable, match="The store failed at 'x'") as away:
            await store.read("x")
        assert server.endpoint not in str(away.value), "where the store is, is not for everybody"
        server.start()
        assert len(await store.read("x", sha256=stored.sha256)) == stored.size_bytes


async def test_what_dead_writers_left_in_the_bucket_is_cleaned_up(
    on_s3: StorageSettings, tmp_path: Path
) -> None:
    store = open_store(Settings(data_dir=tmp_path, storage=on_s3))
    assert store.bucket is not None
    await store.bucket.begin("media/1/source")
    assert await store.abort_abandoned(timedelta(days=1)) == 0, "it may be under way"
    assert await store.abort_abandoned(timedelta(0)) == 1
    assert [upload async for upload in store.bucket.open_uploads()] == []
