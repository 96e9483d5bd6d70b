import asyncio
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select
from tests.media.streams import Make, body, broken_body, nothing_kept

from surtitle.clock import utc_now
from surtitle.config import LimitSettings, Settings
from surtitle.db.engine import Database
from surtitle.db.job_models import Job
from surtitle.db.migrate import upgrade
from surtitle.db.models import PERSONAL_PROJECT, Discarded, Media
from surtitle.db.repeats import KeyReused
from surtitle.errors import Busy, Invalid, NotFound, StorageFull, TooLarge
from surtitle.ids import new_id
from surtitle.media.errors import MalformedUpload, MediaInUse, MediaNotFound, NotMedia
from surtitle.media.keeping import Intent, intending
from surtitle.media.repository import MediaRepository
from surtitle.media.service import MediaService, peaks_key
from surtitle.storage import ObjectStore, open_store

OTHER_PROJECT = UUID("01900000-0000-7000-8000-000000000002")


async def receive(service: MediaService, content: bytes | Path, **options: str) -> Media:
    name = options.pop("name", "talk.mp4")
    return await service.receive(
        PERSONAL_PROJECT, name, body(content), content_length=None, idempotency_key=options.get("key")
    )


async def test_a_recording_is_kept_as_it_came_with_what_it_holds(
    service: MediaService, film: Path, database: Database
) -> None:
    media = await receive(service, film, name="../my\ntalk.mp4")
    assert media.name == "mytalk.mp4"
    assert media.content_type == "video/mp4"
    assert media.duration_seconds == pytest.approx(2, abs=0.05)
    assert b"".join([piece async for piece in service.open_source(media)]) == film.read_bytes()
    assert (await service.get(PERSONAL_PROJECT, media.id)).sha256 == media.sha256
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Discarded)) == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "'talk.mp4' is empty"),
        (b"hello " * 500, "'talk.mp4' holds text"),
        (b"#EXTM3U\nx.ts\n", "playlist"),
    ],
)
async def test_what_is_no_recording_is_refused_by_name_and_not_kept(
    service: MediaService, database: Database, store: ObjectStore, content: bytes, reason: str
) -> None:
    with pytest.raises(NotMedia, match=reason):
        await receive(service, content)
    assert await nothing_kept(database, store)


async def test_a_client_that_goes_away_leaves_nothing(
    service: MediaService, database: Database, store: ObjectStore
) -> None:
    with pytest.raises(MalformedUpload, match="did not come whole"):
        await service.receive(PERSONAL_PROJECT, "a", broken_body(bytes(2_000_000)), content_length=None)
    assert await nothing_kept(database, store)


async def test_an_upload_that_is_cancelled_leaves_nothing(
    service: MediaService, database: Database, store: ObjectStore
) -> None:
    begun = asyncio.Event()

    async def stalled() -> AsyncIterator[bytes]:
        yield bytes(100_000)
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(service.receive(PERSONAL_PROJECT, "a", stalled(), content_length=None))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await nothing_kept(database, store)


async def test_a_file_above_the_cap_is_stopped_early_and_not_kept(
    service: MediaService, database: Database, store: ObjectStore
) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 100_000
            yield bytes(100_000)

    with pytest.raises(TooLarge, match="4000000 bytes"):
        await service.receive(PERSONAL_PROJECT, "a", endless(), content_length=None)
    assert taken == pytest.approx(4_000_000, abs=200_000)
    assert await nothing_kept(database, store)


async def test_a_declared_length_above_the_cap_is_refused_before_a_byte_is_read(
    service: MediaService,
) -> None:
    with pytest.raises(TooLarge):
        await service.receive(PERSONAL_PROJECT, "a", broken_body(b""), content_length=5_000_000)


async def test_a_form_around_a_file_of_just_the_cap_is_let_in(
    service: MediaService, make: Make, settings: Settings
) -> None:
    sound = make("a.wav", "-f", "lavfi", "-i", "sine=d=1")
    padded = sound.read_bytes() + bytes(settings.limits.upload_bytes - sound.stat().st_size)
    media = await service.receive(PERSONAL_PROJECT, "a", body(padded), content_length=len(padded) + 400)
    assert media.size_bytes == settings.limits.upload_bytes


async def test_a_disk_that_would_fill_up_refuses_at_once(
    database: Database, store: ObjectStore, tmp_path: Path
) -> None:
    greedy = Settings(data_dir=tmp_path, limits=LimitSettings(free_disk_bytes=2**60))
    with pytest.raises(StorageFull, match="Free disk space"):
        await MediaService(database, store, greedy).receive(
            PERSONAL_PROJECT, "a", broken_body(b""), content_length=1
        )


async def test_a_disk_that_fills_up_while_writing_keeps_nothing_and_the_service_lives(
    database: Database, small_disk: Path, settings: Settings, film: Path
) -> None:
    limits = LimitSettings(free_disk_bytes=0)
    store = open_store(Settings(data_dir=small_disk))
    service = MediaService(database, store, settings.model_copy(update={"limits": limits}))
    with pytest.raises(StorageFull):
        await service.receive(PERSONAL_PROJECT, "a", body(bytes(20_000_000)), content_length=None)
    assert await nothing_kept(database, store)
    assert (await receive(service, film)).size_bytes == film.stat().st_size
    await service.close()


async def test_a_repeated_request_gets_the_first_answer(
    service: MediaService, film: Path, store: ObjectStore, make: Make
) -> None:
    first = await receive(service, film, key="once")
    assert (await receive(service, film, key="once")).id == first.id
    assert len([key async for key in store.keys("")]) == 1
    with pytest.raises(KeyReused):
        await receive(service, make("b.wav", "-f", "lavfi", "-i", "sine=d=1"), key="once")
    with pytest.raises(KeyReused):
        await receive(service, film, key="once", name="other.mp4")
    assert (await receive(service, film, key="twice")).id != first.id


async def test_the_same_request_sent_twice_at_once_makes_one_recording(
    service: MediaService, film: Path, store: ObjectStore
) -> None:
    answers = await asyncio.gather(*(receive(service, film, key="once") for _ in range(4)))
    assert len({media.id for media in answers}) == 1
    assert len([key async for key in store.keys("")]) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "naïve", "a\nb"])
async def test_a_key_that_cannot_be_a_header_is_refused(service: MediaService, film: Path, key: str) -> None:
    with pytest.raises(Invalid, match="Idempotency-Key"):
        await service.receive(PERSONAL_PROJECT, "a", body(film), content_length=None, idempotency_key=key)


async def test_lists_are_pages_newest_first_of_one_project(service: MediaService, film: Path) -> None:
    ids = [(await receive(service, film, name=str(number))).id for number in range(3)]
    first = await service.list(PERSONAL_PROJECT, limit=2)
    assert [media.id for media in first.items] == [ids[2], ids[1]]
    second = await service.list(PERSONAL_PROJECT, first.next_cursor, limit=2)
    assert [media.id for media in second.items] == [ids[0]]
    assert second.next_cursor is None
    assert (await service.list(OTHER_PROJECT)).items == []


async def test_another_projects_recording_is_not_found(service: MediaService, film: Path) -> None:
    media = await receive(service, film)
    with pytest.raises(MediaNotFound):
        await service.get(OTHER_PROJECT, media.id)
    with pytest.raises(MediaNotFound):
        await service.delete(OTHER_PROJECT, media.id)
    with pytest.raises(MediaNotFound):
        await service.get(PERSONAL_PROJECT, new_id())


async def test_a_deleted_recording_is_gone_with_all_that_came_of_it(
    service: MediaService, film: Path, database: Database, store: ObjectStore
) -> None:
    media = await receive(service, film, key="once")
    await service.peaks(media)
    assert await store.exists(peaks_key(media.id))
    await service.delete(PERSONAL_PROJECT, media.id)
    assert await nothing_kept(database, store)
    assert (await receive(service, film, key="once")).id != media.id


async def test_a_recording_in_use_is_not_deleted(
    service: MediaService, film: Path, database: Database
) -> None:
    media = await receive(service, film)
    async with database.writing() as session:
        session.add(
            Job(
                project_id=PERSONAL_PROJECT, surface="test", recipe="transcript",
                media_id=media.id, options={}, state="queued",
            )
        )  # fmt: skip
    with pytest.raises(MediaInUse, match="delete that job first"):
        await service.delete(PERSONAL_PROJECT, media.id)
    assert await service.get(PERSONAL_PROJECT, media.id)


async def test_peaks_are_made_once_and_kept(service: MediaService, film: Path, store: ObjectStore) -> None:
    media = await receive(service, film)
    first = await service.peaks(media)
    assert await store.read(peaks_key(media.id)) == first
    await store.put_bytes(peaks_key(media.id), b"kept")
    assert await service.peaks(media) == b"kept"


async def test_peaks_of_a_recording_deleted_meanwhile_do_not_outlive_it(
    service: MediaService, film: Path, database: Database, store: ObjectStore
) -> None:
    media = await receive(service, film)
    document = await service.peaks(media)
    await service.delete(PERSONAL_PROJECT, media.id)
    await service._keep_peaks(media, document)
    assert await nothing_kept(database, store)


async def test_a_crash_before_the_row_leaves_an_object_that_the_sweeper_takes(
    service: MediaService, database: Database, store: ObjectStore
) -> None:
    context = intending(database, store, "media/lost/source")
    await context.__aenter__()
    await store.put_bytes("media/lost/source", b"sound")
    # The process dies here: nothing that the block would have done at its end is done.
    assert await service.sweep() == 0
    assert await service.sweep(timedelta(seconds=-1)) == 1
    assert await nothing_kept(database, store)


async def test_what_a_killed_upload_left_in_the_folder_goes_after_days(
    service: MediaService, store: ObjectStore, film: Path
) -> None:
    kept = await receive(service, film)
    assert store.local_root is not None
    old, young = (store.local_root / f"media/{new_id()}/source#1" for _ in range(2))
    for left in (old, young):
        left.parent.mkdir(parents=True)
        left.write_bytes(b"half of it")
    then = (utc_now() - timedelta(days=4)).timestamp()
    for path in (old, store.local_root / kept.object_key):
        os.utime(path, (then, then))
    assert await service.sweep() == 1
    assert not old.exists()
    assert young.exists()
    assert await store.size(kept.object_key) == film.stat().st_size


async def test_an_object_that_the_sweeper_has_begun_to_take_cannot_become_media(
    database: Database, store: ObjectStore
) -> None:
    async with intending(database, store, "media/slow/source") as intent:
        async with database.writing() as session:
            # The sweeper has decided, and deletes the object in the next moment.
            assert await MediaRepository(session).take_for_sweeping(utc_now() + timedelta(hours=1), 10)
        with pytest.raises(Busy, match="Send it again"):
            await _fulfil(database, intent)


async def _fulfil(database: Database, intent: Intent) -> None:
    async with database.writing() as session:
        await intent.fulfil(session)


async def test_a_cancellation_after_the_commit_does_not_delete_the_object(
    database: Database, store: ObjectStore
) -> None:
    async def write_and_be_cancelled() -> None:
        async with intending(database, store, "media/kept/source") as intent:
            await store.put_bytes("media/kept/source", b"sound")
            await _fulfil(database, intent)
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await write_and_be_cancelled()
    assert await store.exists("media/kept/source")


async def test_an_unknown_object_is_not_found(store: ObjectStore, service: MediaService, film: Path) -> None:
    media = await receive(service, film)
    await store.delete(media.object_key)
    with pytest.raises(NotFound):
        [piece async for piece in service.open_source(media)]


async def test_a_second_database_connection_sees_the_recording(
    service: MediaService, film: Path, settings: Settings
) -> None:
    media = await receive(service, film)
    other = Database(settings.effective_database_url)
    await upgrade(other)
    async with other.reading() as session:
        assert await session.get(Media, media.id) is not None
    await other.close()
