"""The store against the rows: what nobody refers to, and what is not there."""

import os
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update
from tests.accounts.belongings import transcribed
from tests.api.conftest import exposed
from tests.api.installation import Installation, installed
from tests.api.people import person
from tests.servers.both import ON_BOTH
from tests.servers.seaweedfs import S3Server

from surtitle.config import ServerSettings
from surtitle.db.job_models import Artifact, Job
from surtitle.db.models import Discarded, Media, Revision
from surtitle.domain.jobs import JobState
from surtitle.ids import new_id
from surtitle.media.inventory import FOLDERS, Fault, Inventory
from surtitle.media.mending import Mended, Mending
from surtitle.storage import SortedLines, open_storage

__all__ = ["exposed"]

GRACE = timedelta(hours=24)


async def looked_through(api: Installation, *, mend: bool = False, grace: timedelta = GRACE) -> Mended:
    services = api.services
    inventory = Inventory(services.database, services.store, api.settings.scratch_directory, grace)
    return await Mending(services.database, services.store, inventory).run(mend=mend)


def made_old(api: Installation) -> None:
    """As if every file had been written two days ago."""
    root = api.services.store.local_root
    assert root is not None
    then = time.time() - 2 * 24 * 3600
    for path in root.rglob("*"):
        os.utime(path, (then, then))


async def objects(api: Installation) -> set[str]:
    keys: set[str] = set()
    for folder in FOLDERS:
        keys |= {key async for key in api.services.store.keys(folder.rstrip("/"))}
    return keys


@ON_BOTH
async def test_orphans_are_found_and_deleted_and_nothing_else(
    tmp_path: Path, database_url: str | None
) -> None:
    told = {"database_url": database_url} if database_url else {}
    async with installed(tmp_path / "data", server=ServerSettings(auth="required"), **told) as api:
        ana = await person(api)
        made = await transcribed(api, ana)
        await ana.gets(f"/api/media/{made['media']}/peaks")
        before = await objects(api)
        store = api.services.store
        orphans = [
            f"media/{new_id()}/source",
            f"jobs/{new_id()}/1/x.txt",
            f"transcripts/{new_id()}/a.json.gz",
        ]
        for key in orphans:
            await store.put_bytes(key, b"nobody's")
        # What others keep in the same bucket, and what must outlive everything, is not ours to look at.
        for key in ("erasures/a.json", "elsewhere/b"):
            await store.put_bytes(key, b"stays")
        assert (await looked_through(api)).is_well, "they may still be in the making"
        made_old(api)
        found = await looked_through(api)
        assert (found.found, found.found_bytes, found.is_well) == ({"orphan": 3}, 24, False)
        assert await objects(api) == before | set(orphans), "nothing was changed"
        assert (await looked_through(api, mend=True)).is_well
        assert await objects(api) == before
        assert (await looked_through(api)).found == {}
        assert await store.exists("elsewhere/b")


async def test_what_a_job_under_way_may_yet_name_stays(exposed: Installation) -> None:
    ana = await person(exposed)
    made = await transcribed(exposed, ana)
    await exposed.services.store.put_bytes(f"jobs/{made['job']}/7/half.bin", b"half")
    await exposed.services.store.put_bytes(f"media/{made['media']}/noted", b"noted")
    async with exposed.services.database.writing() as session:
        await session.execute(update(Job).values(state=JobState.RUNNING))
        session.add(Discarded(object_key=f"media/{made['media']}/noted"))
    made_old(exposed)
    assert (await looked_through(exposed)).found == {}
    async with exposed.services.database.writing() as session:
        await session.execute(update(Job).values(state=JobState.FAILED))
    assert (await looked_through(exposed)).found == {"orphan": 1}


async def test_rows_without_files_are_told_and_what_can_be_forgotten_is(exposed: Installation) -> None:
    ana = await person(exposed)
    gone, cut = await transcribed(exposed, ana), await transcribed(exposed, ana)
    store, database = exposed.services.store, exposed.services.database
    async with database.reading() as session:
        artifact = await session.scalar(
            select(Artifact.object_key).where(
                Artifact.job_id == UUID(gone["job"]), Artifact.name == "transcript.txt"
            )
        )
        source = await session.scalar(select(Media.object_key).where(Media.id == UUID(gone["media"])))
        short = await session.scalar(select(Media.object_key).where(Media.id == UUID(cut["media"])))
        first = await session.scalar(
            select(Revision.object_key).where(Revision.transcript_id == UUID(cut["transcript"]))
        )
    for key in (artifact, source, first):
        assert key is not None
        await store.delete(key)
    assert short is not None
    await store.put_bytes(short, b"cut")
    made_old(exposed)
    found = await looked_through(exposed)
    assert found.found == {"lost artifact": 1, "lost media": 1, "damaged media": 1, "lost revision": 1}
    done = await looked_through(exposed, mend=True)
    assert done.mended == {"lost artifact": 1}
    assert {(one.fault, one.key) for one in done.left} == {
        (Fault.LOST, source), (Fault.DAMAGED, short), (Fault.LOST, first),
    }  # fmt: skip
    async with database.reading() as session:
        assert artifact not in set(await session.scalars(select(Artifact.object_key)))
        assert source in set(await session.scalars(select(Media.object_key))), "a backup may have it"


async def test_a_copy_that_only_makes_reading_quick_can_be_done_without(exposed: Installation) -> None:
    ana = await person(exposed)
    made = await transcribed(exposed, ana)
    wish = {"base_revision": 1, "operations": [{"op": "change_word", "word": "w2", "text": "habit"}]}
    await ana.does(f"/api/transcripts/{made['transcript']}/revisions", wish)
    async with exposed.services.database.writing() as session:
        mine = Revision.transcript_id == UUID(made["transcript"]), Revision.number == 2
        await session.execute(update(Revision).where(*mine).values(object_key="transcripts/lost.json.gz"))
    assert (await looked_through(exposed, mend=True)).mended == {"lost revision": 1}
    text = await ana.gets(f"/api/transcripts/{made['transcript']}")
    assert "habit" in str(text)


async def test_parts_of_writers_who_died_are_found_on_a_disk(exposed: Installation) -> None:
    root = exposed.services.store.local_root
    assert root is not None
    (root / "media" / "half").mkdir(parents=True)
    (root / "media" / "half" / "source#1").write_bytes(b"half a recording")
    (root / "media" / "half" / "source#2").write_bytes(b"another's")
    made_old(exposed)
    os.utime(root / "media" / "half" / "source#2")
    assert (await looked_through(exposed)).found == {"leftover": 1}
    assert (await looked_through(exposed, mend=True)).is_well
    assert [path.name for path in (root / "media" / "half").iterdir()] == ["source#2"]


async def test_parts_of_writers_who_died_are_found_in_a_bucket(
    exposed: Installation, s3: S3Server, tmp_path: Path
) -> None:
    store = open_storage(s3.settings(new_id().hex), tmp_path)
    assert store.bucket is not None
    await store.bucket.begin("media/half/source")
    await store.bucket.begin("others/half")
    services = exposed.services
    inventory = Inventory(services.database, store, tmp_path, timedelta(seconds=-60))
    mending = Mending(services.database, store, inventory)
    assert (await mending.run(mend=False)).found == {"leftover": 1}
    assert (await mending.run(mend=True)).is_well
    assert [upload.key async for upload in store.bucket.open_uploads()] == ["others/half"]


@pytest.mark.parametrize("most", [1, 3, 100])
def test_lines_come_back_in_order_however_little_memory_there_is(tmp_path: Path, most: int) -> None:
    words = ["b/2", "a", "a/1", "c\t9", "c/0", "a", "é", "b"]
    with SortedLines(tmp_path, most) as lines:
        for word in words:
            lines.add(word)
        assert list(lines) == list(lines) == sorted(words, key=str.encode)
        assert lines.count == len(words)
    assert list(tmp_path.iterdir()) == []
