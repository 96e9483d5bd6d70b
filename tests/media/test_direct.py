"""Uploads in parts straight to a real S3 server."""

import asyncio
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import func, insert, select, update
from tests.api.installation import wav
from tests.media.streams import nothing_kept
from tests.servers.seaweedfs import S3Server

from surtitle.clock import utc_now
from surtitle.config import LimitSettings, Settings
from surtitle.db.engine import Database
from surtitle.db.models import PERSONAL_PROJECT, DirectUpload, Media
from surtitle.errors import TooLarge, Unavailable
from surtitle.ids import new_id
from surtitle.media.direct import Announced, DirectUploads, DirectUploadState
from surtitle.media.errors import (
    DirectUploadsOff,
    NotAsAnnounced,
    NotMedia,
    PartsMissing,
    UploadCompleting,
    UploadExpired,
    UploadNotFound,
)
from surtitle.media.probe import Probe
from surtitle.media.service import MediaService, source_key
from surtitle.media.upload_places import MOST_OF_A_PROJECT
from surtitle.media.uploadparts import MOST_PARTS, SMALLEST_PART_BYTES, PartPlan
from surtitle.storage import BucketClient, ObjectStore, open_store

SOUND = wav()
LONG = wav(1200.0)
"""Two parts."""


@pytest.fixture
def settings(tmp_path: Path, s3: S3Server) -> Settings:
    """In place of the folder's own: files are in a bucket, and clients may send there."""
    return Settings(
        data_dir=tmp_path / "data",
        limits=LimitSettings(upload_bytes=40_000_000, free_disk_bytes=0),
        storage=s3.settings(f"tests/{new_id().hex}", direct_uploads=True, retry_seconds=1),
    )


@pytest.fixture
def direct(
    database: Database, store: ObjectStore, service: MediaService, settings: Settings
) -> DirectUploads:
    return DirectUploads(database, store, service, settings)


async def send(state: DirectUploadState, data: bytes, *numbers: int) -> None:
    """What a client does with the addresses; with `numbers` it stops after these parts."""
    async with httpx.AsyncClient(trust_env=False) as client:
        for link in state.links:
            if not numbers or link.number in numbers:
                start = (link.number - 1) * state.plan.part_bytes
                answer = await client.put(link.url, content=data[start : start + link.size_bytes])
                assert answer.is_success, answer.text


async def begun(direct: DirectUploads, data: bytes, **announced: str) -> DirectUploadState:
    return await direct.begin(
        PERSONAL_PROJECT, Announced(announced.pop("name", "talk.wav"), len(data), **announced)
    )


async def sent(direct: DirectUploads, data: bytes, **announced: str) -> str:
    state = await begun(direct, data, **announced)
    await send(state, data)
    return state.upload_id


async def parts_left(store: ObjectStore) -> int:
    assert store.bucket is not None
    return len([upload async for upload in store.bucket.open_uploads()])


async def test_an_upload_goes_on_with_what_is_missing_and_becomes_a_recording(
    direct: DirectUploads, service: MediaService, store: ObjectStore
) -> None:
    state = await begun(direct, LONG, name="../long\ntalk.wav")
    assert [link.number for link in state.links] == [1, 2]
    await send(state, LONG, 2)
    again = await direct.state(PERSONAL_PROJECT, state.upload_id)
    assert ([link.number for link in again.links], again.missing_count) == ([1], 1)
    with pytest.raises(PartsMissing, match="lacks 1 of its parts"):
        await direct.complete(PERSONAL_PROJECT, state.upload_id)
    await send(again, LONG)
    done = await direct.complete(PERSONAL_PROJECT, state.upload_id)
    assert done.media_id is not None
    media = await service.get(PERSONAL_PROJECT, done.media_id)
    assert (media.name, media.size_bytes, media.sha256) == (
        "longtalk.wav",
        len(LONG),
        sha256(LONG).hexdigest(),
    )
    assert media.duration_seconds == pytest.approx(1200)
    assert b"".join([piece async for piece in service.open_source(media)]) == LONG
    assert await parts_left(store) == 0


async def test_however_often_it_is_completed_there_is_one_recording(
    direct: DirectUploads, database: Database
) -> None:
    upload = await sent(direct, SOUND, sha256=sha256(SOUND).hexdigest())
    asked = [direct.complete(PERSONAL_PROJECT, upload) for _ in range(3)]
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in told if isinstance(one, Exception)] == [UploadCompleting] * 2
    done = [await direct.complete(PERSONAL_PROJECT, upload) for _ in range(2)]
    assert {state.media_id for state in done} == {done[0].media_id} != {None}
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Media)) == 1


async def test_a_server_that_died_after_joining_the_parts_loses_nothing(
    direct: DirectUploads, database: Database, store: ObjectStore
) -> None:
    upload = await sent(direct, SOUND)
    async with database.reading() as session:
        row = await session.get_one(DirectUpload, upload)
    assert store.bucket is not None
    key = source_key(row.media_id)
    await store.bucket.complete(key, row.multipart_id, await store.bucket.parts(key, row.multipart_id))
    assert (await direct.state(PERSONAL_PROJECT, upload)).missing_count == 0
    assert (await direct.complete(PERSONAL_PROJECT, upload)).media_id == row.media_id


async def test_a_store_that_is_away_ends_no_upload(
    direct: DirectUploads, database: Database, service: MediaService, settings: Settings
) -> None:
    upload = await sent(direct, SOUND)
    away = settings.model_copy(
        update={"storage": settings.storage.model_copy(update={"endpoint": "http://127.0.0.1:9"})}
    )
    unreachable = DirectUploads(database, open_store(away), service, away)
    with pytest.raises(Unavailable):
        await unreachable.complete(PERSONAL_PROJECT, upload)
    with pytest.raises(Unavailable):
        await unreachable.give_up(PERSONAL_PROJECT, upload)
    assert (await direct.complete(PERSONAL_PROJECT, upload)).media_id


@pytest.mark.parametrize(
    ("data", "announced", "refusal"),
    [
        (b"hello " * 500, {"name": "notes.wav"}, NotMedia),
        (SOUND, {"sha256": "0" * 64}, NotAsAnnounced),
    ],
)
async def test_what_is_refused_is_not_kept_and_says_why(
    direct: DirectUploads,
    service: MediaService,
    data: bytes,
    announced: dict[str, str],
    refusal: type[Exception],
) -> None:
    upload = await sent(direct, data, **announced)
    with pytest.raises(refusal) as refused:
        await direct.complete(PERSONAL_PROJECT, upload)
    assert await nothing_kept(service._database, service._store)
    state = await direct.state(PERSONAL_PROJECT, upload)
    assert (state.media_id, state.error) == (None, str(refused.value))
    with pytest.raises(UploadExpired):
        await direct.complete(PERSONAL_PROJECT, upload)


async def test_an_upload_that_is_given_up_or_expires_leaves_nothing(
    direct: DirectUploads, database: Database, store: ObjectStore
) -> None:
    given_up, forgotten = await sent(direct, SOUND), await sent(direct, SOUND)
    await direct.give_up(PERSONAL_PROJECT, given_up)
    await direct.give_up(PERSONAL_PROJECT, given_up)
    assert await direct.remove_expired() == 0
    assert await direct.remove_expired(timedelta(0)) == 1
    assert await parts_left(store) == 0
    assert await nothing_kept(database, store)
    assert "expired" in ((await direct.state(PERSONAL_PROJECT, forgotten)).error or "")


async def test_an_upload_that_was_taken_by_a_process_that_died_goes_on(
    direct: DirectUploads, database: Database
) -> None:
    upload = await sent(direct, SOUND)
    for until, refused in ((utc_now() + timedelta(minutes=1), True), (utc_now(), False)):
        async with database.writing() as session:
            await session.execute(update(DirectUpload).values(completing_until=until))
        if refused:
            with pytest.raises(UploadCompleting):
                await direct.complete(PERSONAL_PROJECT, upload)
    assert (await direct.complete(PERSONAL_PROJECT, upload)).media_id


async def test_one_that_is_given_up_while_it_is_completed_is_gone_for_both(
    direct: DirectUploads, service: MediaService, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = await sent(direct, SOUND)
    examined = service._examiner.probe

    async def meanwhile(path: Path) -> Probe:
        await direct.give_up(PERSONAL_PROJECT, upload)
        return await examined(path)

    monkeypatch.setattr(service._examiner, "probe", meanwhile)
    with pytest.raises(UploadExpired):
        await direct.complete(PERSONAL_PROJECT, upload)
    assert await nothing_kept(service._database, service._store)


async def test_parts_that_the_store_does_not_know_end_nothing_before_its_time(
    direct: DirectUploads, database: Database, store: ObjectStore
) -> None:
    upload = await sent(direct, SOUND)
    await store.abort_abandoned(timedelta(0))
    for ask in (direct.complete, direct.state):
        with pytest.raises(UploadExpired):
            await ask(PERSONAL_PROJECT, upload)
    async with database.reading() as session:
        assert (await session.get_one(DirectUpload, upload)).ended_at is None
    await direct.remove_expired(timedelta(0))
    assert (await direct.state(PERSONAL_PROJECT, upload)).error


async def test_one_upload_that_the_store_refuses_to_drop_holds_up_no_other(
    direct: DirectUploads, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads = [(await begun(direct, SOUND)).upload_id for _ in range(3)]
    assert store.bucket is not None
    abort, refused = store.bucket.abort, ["once"]

    async def reluctant(key: str, upload_id: str) -> None:
        if refused and refused.pop():
            raise Unavailable("The store refused.")
        await abort(key, upload_id)

    monkeypatch.setattr(BucketClient, "abort", lambda _bucket, key, upload_id: reluctant(key, upload_id))
    assert await direct.remove_expired(timedelta(0)) == len(uploads) - 1
    assert await direct.remove_expired(timedelta(0)) == 1


async def test_a_project_with_many_unfinished_uploads_takes_no_room_of_others(
    direct: DirectUploads, database: Database, store: ObjectStore
) -> None:
    first = await begun(direct, SOUND)
    async with database.writing() as session:
        row = await session.get_one(DirectUpload, first.upload_id)
        values = {column.name: getattr(row, column.name) for column in DirectUpload.__table__.columns}
        await session.execute(
            insert(DirectUpload), [{**values, "id": str(number)} for number in range(MOST_OF_A_PROJECT - 2)]
        )
    asked = [begun(direct, SOUND) for _ in range(4)]
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert sorted(type(one).__name__ for one in told) == ["Busy"] * 3 + ["DirectUploadState"]
    assert await parts_left(store) == 2, "what was refused was dropped"
    await direct.begin(uuid4(), Announced("of another.wav", len(SOUND)))


async def test_another_projects_upload_is_not_found(direct: DirectUploads) -> None:
    upload = (await begun(direct, SOUND)).upload_id
    for ask in (direct.state, direct.complete, direct.give_up):
        with pytest.raises(UploadNotFound):
            await ask(uuid4(), upload)


async def test_more_than_is_accepted_is_refused_before_it_comes(direct: DirectUploads) -> None:
    with pytest.raises(TooLarge):
        await direct.begin(PERSONAL_PROJECT, Announced("film.mp4", 40_000_001))


async def test_where_they_are_off_the_other_ways_are_named(
    database: Database, store: ObjectStore, service: MediaService, tmp_path: Path
) -> None:
    off = DirectUploads(database, store, service, Settings(data_dir=tmp_path))
    with pytest.raises(DirectUploadsOff, match="/api/uploads"):
        await off.begin(PERSONAL_PROJECT, Announced("film.mp4", 1))


@pytest.mark.parametrize("size_bytes", [1, SMALLEST_PART_BYTES, SMALLEST_PART_BYTES + 1, 10**11, 2**40])
def test_parts_make_up_the_file(size_bytes: int) -> None:
    plan = PartPlan.of(size_bytes)
    sizes = [plan.bytes_of(number) for number in range(1, plan.count + 1)]
    assert sum(sizes) == size_bytes
    assert plan.count <= MOST_PARTS
    assert set(sizes[:-1]) <= {plan.part_bytes}
    assert 0 < sizes[-1] <= plan.part_bytes
