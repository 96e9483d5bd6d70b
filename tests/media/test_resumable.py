import asyncio
import base64
import hashlib
import os
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from tests.media.streams import body, broken_body, nothing_kept

from surtitle.config import LimitSettings, Settings
from surtitle.db.engine import Database
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.errors import Busy, Invalid, NotFound, StorageFull, TooLarge
from surtitle.media.errors import (
    ChecksumMismatch,
    MalformedUpload,
    NotMedia,
    OffsetMismatch,
    UploadExpired,
    UploadLocked,
    UploadNotFound,
)
from surtitle.media.resumable import ResumableUploads
from surtitle.media.service import MediaService
from surtitle.media.tusheaders import parse_checksum, parse_metadata
from surtitle.media.uploadfiles import Promise, UploadFiles
from surtitle.media.uploadwriter import Incoming, write_chunks
from surtitle.storage import ObjectStore, open_store

OTHER_PROJECT = UUID("01900000-0000-7000-8000-000000000002")
NAME = "filename " + base64.b64encode(b"../../my\ntalk.mp4").decode()


@pytest_asyncio.fixture
async def uploads(database: Database, service: MediaService, settings: Settings) -> ResumableUploads:
    return ResumableUploads(database, service, settings)


async def begun(uploads: ResumableUploads, length: int) -> str:
    return (await uploads.create(PERSONAL_PROJECT, length, NAME)).upload_id


async def test_an_upload_in_pieces_becomes_a_recording(
    uploads: ResumableUploads, service: MediaService, film: Path, settings: Settings
) -> None:
    data = film.read_bytes()
    upload_id = await begun(uploads, len(data))
    half = len(data) // 2
    state = await uploads.append(PERSONAL_PROJECT, upload_id, 0, body(data[:half]))
    assert (state.offset, state.length, state.media_id) == (half, len(data), None)
    state = await uploads.append(PERSONAL_PROJECT, upload_id, half, body(data[half:]))
    assert state.complete
    assert state.media_id is not None
    media = await service.get(PERSONAL_PROJECT, state.media_id)
    assert media.sha256 == hashlib.sha256(data).hexdigest()
    assert media.name == "mytalk.mp4"
    assert list((settings.data_dir / "uploads").iterdir()) == []
    assert (await uploads.outcome(PERSONAL_PROJECT, upload_id)).media_id == media.id


async def test_bytes_that_came_before_the_connection_broke_count(
    uploads: ResumableUploads, film: Path
) -> None:
    data = film.read_bytes()
    upload_id = await begun(uploads, len(data))
    with pytest.raises(ConnectionResetError):
        await uploads.append(PERSONAL_PROJECT, upload_id, 0, broken_body(data[:777]))
    assert (await uploads.state(PERSONAL_PROJECT, upload_id)).offset == 777
    assert (await uploads.append(PERSONAL_PROJECT, upload_id, 777, body(data[777:]))).media_id


async def test_bytes_at_another_offset_are_refused_and_the_right_one_told(uploads: ResumableUploads) -> None:
    upload_id = await begun(uploads, 1000)
    await uploads.append(PERSONAL_PROJECT, upload_id, 0, body(bytes(10)))
    for offset in (0, 9, 11):
        with pytest.raises(OffsetMismatch, match="at byte 10") as caught:
            await uploads.append(PERSONAL_PROJECT, upload_id, offset, body(bytes(10)))
        assert caught.value.fields["offset"] == 10
    assert (await uploads.state(PERSONAL_PROJECT, upload_id)).offset == 10


async def test_more_bytes_than_promised_are_dropped(uploads: ResumableUploads) -> None:
    upload_id = await begun(uploads, 100)
    with pytest.raises(MalformedUpload, match="More bytes came"):
        await uploads.append(PERSONAL_PROJECT, upload_id, 0, body(bytes(150), 60))
    assert (await uploads.state(PERSONAL_PROJECT, upload_id)).offset == 60


async def test_two_requests_cannot_write_to_one_upload(uploads: ResumableUploads) -> None:
    upload_id = await begun(uploads, 100)
    reading, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        reading.set()
        await go_on.wait()
        yield bytes(10)

    first = asyncio.create_task(uploads.append(PERSONAL_PROJECT, upload_id, 0, slow()))
    await reading.wait()
    with pytest.raises(UploadLocked):
        await uploads.append(PERSONAL_PROJECT, upload_id, 0, body(bytes(20)))
    go_on.set()
    assert (await first).offset == 10


async def test_a_connection_that_went_silent_gives_the_upload_free(
    database: Database, service: MediaService, settings: Settings
) -> None:
    uploads = ResumableUploads(database, service, settings, idle_seconds=0.05)
    upload_id = await begun(uploads, 100)

    async def silent() -> AsyncIterator[bytes]:
        yield bytes(10)
        await asyncio.Event().wait()

    with pytest.raises(Busy, match="went silent"):
        await uploads.append(PERSONAL_PROJECT, upload_id, 0, silent())
    assert (await uploads.append(PERSONAL_PROJECT, upload_id, 10, body(bytes(5)))).offset == 15


async def test_bytes_that_do_not_match_their_checksum_are_dropped(uploads: ResumableUploads) -> None:
    upload_id = await begun(uploads, 100)
    digest = base64.b64encode(hashlib.sha1(bytes(10)).digest()).decode()
    right = parse_checksum(f"sha1 {digest}")
    with pytest.raises(ChecksumMismatch):
        await uploads.append(PERSONAL_PROJECT, upload_id, 0, body(bytes(9)), checksum=right)
    with pytest.raises(ConnectionResetError):
        await uploads.append(PERSONAL_PROJECT, upload_id, 0, broken_body(bytes(10)), checksum=right)
    assert (await uploads.state(PERSONAL_PROJECT, upload_id)).offset == 0
    assert (
        await uploads.append(PERSONAL_PROJECT, upload_id, 0, body(bytes(10)), checksum=right)
    ).offset == 10


async def test_an_upload_that_is_no_recording_ends_as_an_error_that_can_be_read(
    uploads: ResumableUploads, database: Database, store: ObjectStore
) -> None:
    upload_id = await begun(uploads, 4000)
    with pytest.raises(NotMedia, match="holds text"):
        await uploads.append(PERSONAL_PROJECT, upload_id, 0, body(b"text" * 1000))
    outcome = await uploads.outcome(PERSONAL_PROJECT, upload_id)
    assert outcome.error is not None
    assert "holds text" in outcome.error
    assert await nothing_kept(database, store)
    with pytest.raises(UploadExpired):
        await uploads.state(PERSONAL_PROJECT, upload_id)


async def test_lengths_that_cannot_be_stored_are_refused_at_once(uploads: ResumableUploads) -> None:
    for length in (0, -1):
        with pytest.raises(Invalid, match="Upload-Length"):
            await uploads.create(PERSONAL_PROJECT, length)
    with pytest.raises(TooLarge):
        await uploads.create(PERSONAL_PROJECT, uploads.max_bytes + 1)


@pytest.mark.parametrize("upload_id", ["../../etc/passwd", "..", "a" * 32, "A" * 32, "", "\0", "x" * 5000])
async def test_ids_that_were_never_handed_out_are_not_found(
    uploads: ResumableUploads, upload_id: str
) -> None:
    with pytest.raises(NotFound):
        await uploads.state(PERSONAL_PROJECT, upload_id)
    with pytest.raises(NotFound):
        await uploads.append(PERSONAL_PROJECT, upload_id, 0, body(b"x"))
    with pytest.raises(NotFound):
        await uploads.terminate(PERSONAL_PROJECT, upload_id)


async def test_another_projects_upload_is_not_found(uploads: ResumableUploads) -> None:
    upload_id = await begun(uploads, 100)
    for attempt in (
        uploads.state(OTHER_PROJECT, upload_id),
        uploads.append(OTHER_PROJECT, upload_id, 0, body(b"x")),
        uploads.outcome(OTHER_PROJECT, upload_id),
        uploads.terminate(OTHER_PROJECT, upload_id),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_a_terminated_upload_is_gone(uploads: ResumableUploads, settings: Settings) -> None:
    upload_id = await begun(uploads, 100)
    await uploads.append(PERSONAL_PROJECT, upload_id, 0, body(b"x"))
    await uploads.terminate(PERSONAL_PROJECT, upload_id)
    assert list((settings.data_dir / "uploads").iterdir()) == []
    with pytest.raises(NotFound):
        await uploads.state(PERSONAL_PROJECT, upload_id)


async def test_an_abandoned_upload_expires_and_a_live_one_does_not(
    uploads: ResumableUploads, settings: Settings
) -> None:
    old, live = await begun(uploads, 100), await begun(uploads, 100)
    for path in (settings.data_dir / "uploads").glob(f"{old}.*"):
        os.utime(path, (0, 0))
    assert await uploads.remove_expired() == 1
    with pytest.raises(UploadExpired):
        await uploads.state(PERSONAL_PROJECT, old)
    assert "expired" in str((await uploads.outcome(PERSONAL_PROJECT, old)).error)
    assert (await uploads.state(PERSONAL_PROJECT, live)).offset == 0


async def test_a_server_that_died_after_the_last_byte_finishes_the_upload_when_it_is_back(
    uploads: ResumableUploads, service: MediaService, film: Path, settings: Settings
) -> None:
    upload_id = await begun(uploads, film.stat().st_size)
    # All bytes are on disk, and nothing after them was done.
    (settings.data_dir / "uploads" / f"{upload_id}.data").write_bytes(film.read_bytes())
    assert await uploads.recover() == 1
    assert await uploads.recover() == 0
    outcome = await uploads.outcome(PERSONAL_PROJECT, upload_id)
    assert outcome.media_id
    assert [media.id for media in (await service.list(PERSONAL_PROJECT)).items] == [outcome.media_id]


async def test_asking_for_the_outcome_finishes_an_upload_too(
    uploads: ResumableUploads, film: Path, settings: Settings
) -> None:
    upload_id = await begun(uploads, film.stat().st_size)
    (settings.data_dir / "uploads" / f"{upload_id}.data").write_bytes(film.read_bytes())
    assert (await uploads.outcome(PERSONAL_PROJECT, upload_id)).media_id


async def test_a_server_that_died_after_the_row_makes_no_second_recording(
    uploads: ResumableUploads, service: MediaService, film: Path, settings: Settings
) -> None:
    data = film.read_bytes()
    upload_id = await begun(uploads, len(data))
    folder = settings.data_dir / "uploads"
    note = (folder / f"{upload_id}.json").read_text()
    state = await uploads.append(PERSONAL_PROJECT, upload_id, 0, body(data))
    # The files that were to be removed are still there.
    (folder / f"{upload_id}.json").write_text(note)
    (folder / f"{upload_id}.data").write_bytes(data)
    await uploads.complete(PERSONAL_PROJECT, upload_id)
    assert [media.id for media in (await service.list(PERSONAL_PROJECT)).items] == [state.media_id]
    assert list(folder.glob("*.data")) == []


async def test_a_full_disk_keeps_what_fitted_and_the_upload_goes_on_later(
    database: Database, service: MediaService, small_disk: Path, settings: Settings
) -> None:
    limits = settings.limits.model_copy(update={"free_disk_bytes": 0})
    uploads = ResumableUploads(database, service, Settings(data_dir=small_disk, limits=limits))
    ballast = small_disk / "ballast"
    upload_id = await begun(uploads, 3_500_000)
    ballast.write_bytes(bytes(2_000_000))
    with pytest.raises(StorageFull):
        await uploads.append(PERSONAL_PROJECT, upload_id, 0, body(bytes(3_400_000)))
    held = (await uploads.state(PERSONAL_PROJECT, upload_id)).offset
    assert 0 < held < 3_400_000
    ballast.unlink()
    assert (await uploads.append(PERSONAL_PROJECT, upload_id, held, body(bytes(1000)))).offset == held + 1000


def on_disk(database: Database, disk: Path, free_disk_bytes: int) -> tuple[MediaService, ResumableUploads]:
    """Uploads and a store on the same disk."""
    limits = LimitSettings(upload_bytes=4_000_000, free_disk_bytes=free_disk_bytes)
    settings = Settings(data_dir=disk, limits=limits)
    service = MediaService(database, open_store(settings), settings)
    return service, ResumableUploads(database, service, settings)


async def test_uploads_that_go_on_together_have_room_for_all_they_bring(
    database: Database, small_disk: Path
) -> None:
    service, uploads = on_disk(database, small_disk, 200_000)
    with pytest.raises(StorageFull):
        # When it is complete, it lies there twice for a moment.
        await uploads.create(PERSONAL_PROJECT, 2_500_000)
    first = (await uploads.create(PERSONAL_PROJECT, 1_500_000)).upload_id
    with pytest.raises(StorageFull):
        await uploads.create(OTHER_PROJECT, 1_500_000)
    # One that nobody goes on with keeps nobody out.
    then = time.time() - 3600
    os.utime(small_disk / "uploads" / f"{first}.data", (then, then))
    assert (await uploads.create(OTHER_PROJECT, 1_500_000)).offset == 0
    await service.close()


async def test_uploads_created_in_one_moment_have_room_for_all_they_bring(
    database: Database, small_disk: Path
) -> None:
    service, uploads = on_disk(database, small_disk, 200_000)
    wishes = (uploads.create(PERSONAL_PROJECT, 1_500_000) for _ in range(4))
    answers = await asyncio.gather(*wishes, return_exceptions=True)
    assert [type(answer) for answer in answers].count(StorageFull) == 3
    await service.close()


async def test_what_is_kept_free_stays_free_while_bytes_come(database: Database, small_disk: Path) -> None:
    service, uploads = on_disk(database, small_disk, 200_000)
    upload_id = await begun(uploads, 1_000_000)
    (small_disk / "ballast").write_bytes(bytes(4_050_000))
    right = parse_checksum("sha1 " + base64.b64encode(hashlib.sha1(bytes(1000)).digest()).decode())
    for checksum in (None, right):
        with pytest.raises(StorageFull):
            await uploads.append(PERSONAL_PROJECT, upload_id, 0, body(bytes(1000)), checksum=checksum)
    (small_disk / "ballast").unlink()
    assert (await uploads.append(PERSONAL_PROJECT, upload_id, 0, body(bytes(1000)))).offset == 1000
    await service.close()


async def test_the_disk_is_looked_at_again_while_a_large_body_comes(tmp_path: Path) -> None:
    files, asked = UploadFiles(tmp_path), 0

    def require_disk(_wanted_bytes: int) -> None:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise StorageFull("The disk is full.")

    files.create("a" * 32, Promise(str(PERSONAL_PROJECT), 2**30, "talk.wav"))
    chunks = (bytes(2**20) for _ in range(200))

    async def large() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    with pytest.raises(StorageFull):
        await write_chunks(files, "a" * 32, Incoming(large(), 2**30, require_disk), None)
    assert files.offset("a" * 32) == 64 * 2**20


async def test_an_upload_is_complete_once_there_is_room_for_its_copy(
    database: Database, small_disk: Path, film: Path
) -> None:
    service, uploads = on_disk(database, small_disk, 200_000)
    data = film.read_bytes()
    upload_id = await begun(uploads, len(data))
    await uploads.append(PERSONAL_PROJECT, upload_id, 0, body(data[:-1]))
    free = shutil.disk_usage(small_disk).free
    (small_disk / "ballast").write_bytes(bytes(free - 200_000 - len(data) // 2))
    with pytest.raises(StorageFull):
        await uploads.append(PERSONAL_PROJECT, upload_id, len(data) - 1, body(data[-1:]))
    assert not (small_disk / "files" / "media").exists()
    (small_disk / "ballast").unlink()
    assert (await uploads.outcome(PERSONAL_PROJECT, upload_id)).media_id
    await service.close()


async def test_one_project_cannot_shut_all_others_out(uploads: ResumableUploads) -> None:
    for _ in range(50):
        await uploads.create(PERSONAL_PROJECT, 1)
    with pytest.raises(Busy, match="50 uploads of this project"):
        await uploads.create(PERSONAL_PROJECT, 1)
    assert (await uploads.create(OTHER_PROJECT, 1)).offset == 0


@pytest.mark.parametrize("left", ["", '{"project": "', "null"])
async def test_a_note_that_a_power_cut_left_unwritten_shuts_nobody_out(
    uploads: ResumableUploads, settings: Settings, left: str
) -> None:
    broken = (await uploads.create(PERSONAL_PROJECT, 1)).upload_id
    (settings.data_dir / "uploads" / f"{broken}.json").write_text(left)
    with pytest.raises(UploadNotFound):
        await uploads.state(PERSONAL_PROJECT, broken)
    assert (await uploads.create(OTHER_PROJECT, 1)).offset == 0
    await uploads.recover()


@pytest.mark.parametrize(
    "header", ["filename !!!", "filename YQ==,filename YQ==", "näme YQ==", "filename " + "A" * 20_000]
)
def test_metadata_that_cannot_be_read_is_refused(header: str) -> None:
    with pytest.raises(MalformedUpload):
        parse_metadata(header)


def test_metadata_is_text_by_key() -> None:
    assert parse_metadata("filename dGFsay5tcDQ=, secret,bad /w==") == {
        "filename": "talk.mp4", "secret": "", "bad": "\ufffd",
    }  # fmt: skip
    assert parse_metadata(None) == {}


@pytest.mark.parametrize("header", ["crc32 AAAA", "sha1 ???", "sha1", ""])
def test_checksums_that_cannot_be_checked_are_refused(header: str) -> None:
    with pytest.raises(Invalid):
        parse_checksum(header)
