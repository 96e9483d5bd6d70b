"""What a backup sends, what it leaves, and what goes when it is old."""

import os
import sqlite3
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update
from tests.backups.kept import (
    backed_up,
    brought_back,
    database_of,
    files_in,
    installation,
    made,
    rows_in,
)

from surtitle.backups.carrying import once
from surtitle.backups.checking import verify
from surtitle.backups.errors import BackupUnderWay
from surtitle.backups.keys import KeyRing
from surtitle.backups.ledger import BackupKind, BackupLedger
from surtitle.backups.place import BackupPlace
from surtitle.backups.pruning import prune
from surtitle.bootstrap.backups import DailyBackup, backup_place, create_backup, place_to_write
from surtitle.bootstrap.installation import opened
from surtitle.bootstrap.schedules import schedules_of
from surtitle.clock import utc_now
from surtitle.config import Settings
from surtitle.db.job_models import Artifact
from surtitle.db.keeping_models import Backup
from surtitle.db.models import Media
from surtitle.figures.backups import BackupFigures
from surtitle.storage import open_store


async def whole(settings: Settings) -> int:
    place = backup_place(settings)
    return (await verify(place, await place.chosen("latest"), print)).objects


async def test_what_is_there_is_not_sent_again(settings: Settings, backups: Path) -> None:
    first = await backed_up(settings)
    assert first.sent_bytes > 10_000
    assert (await backed_up(settings)).sent_bytes == 0
    assert (await backed_up(settings, full=True)).sent_bytes == first.sent_bytes
    # What the store lost, or cut short, is sent again: recordings, files of jobs and documents alike.
    kept = sorted(path for path in (backups / "backups" / "objects").rglob("*") if path.is_file())
    kept[0].unlink()
    assert 0 < (await backed_up(settings)).sent_bytes < first.sent_bytes
    for victim in kept:
        victim.write_bytes(victim.read_bytes()[:-1])
    assert (await backed_up(settings)).sent_bytes == first.sent_bytes
    assert await whole(settings) == first.manifest.objects


async def test_what_goes_while_a_backup_is_made_is_not_in_it(
    settings: Settings, tmp_path: Path, backups: Path
) -> None:
    store = open_store(settings)
    async with opened(settings) as parts:
        async with parts.database.reading() as session:
            # Of files that are alike, one that is left is as good.
            alone = select(Artifact.sha256).group_by(Artifact.sha256).having(func.count() == 1)
            artifact = (
                await session.scalars(select(Artifact).where(Artifact.sha256.in_(alone)).limit(1))
            ).one()

        gone: list[str] = []

        def between(news: str) -> None:
            if news.startswith("Sending") and not gone:
                # The rows are read, and no file is sent yet.
                gone.append(artifact.object_key)
                with closing(sqlite3.connect(settings.data_dir / "surtitle.db", timeout=30)) as database:
                    database.execute("DELETE FROM artifacts WHERE object_key = ?", gone)
                    database.commit()
                (Path(str(store.local_root)) / artifact.object_key).unlink()

        done = await made(parts, tell=between)
    assert gone
    assert done.manifest.missing_count == 0
    target = installation(tmp_path / "target", f"file://{backups}")
    await brought_back(target)
    assert artifact.object_key not in await files_in(target)
    assert await rows_in(target) == await rows_in(settings)


async def test_a_lost_file_does_not_keep_the_rest_from_being_saved(
    settings: Settings, tmp_path: Path
) -> None:
    store = open_store(settings)
    async with database_of(settings) as database, database.reading() as session:
        keys = (await session.scalars(select(Media.object_key).order_by(Media.id))).all()
    # They are recordings of the same sound: while one of them is there, all of them are saved.
    await store.delete(keys[0])
    assert (await backed_up(settings, full=True)).manifest.missing_count == 0
    for key in keys[1:-1]:
        await store.delete(key)
    await store.put_bytes(keys[-1], b"not what was brought in")
    # An earlier backup has it still.
    assert (await backed_up(settings)).manifest.missing_count == 0
    settings.backup.store_url = f"file://{tmp_path / 'elsewhere'}"
    done = await backed_up(settings)
    assert sorted(done.manifest.missing) == sorted(keys)
    assert await whole(settings) == done.manifest.objects > 3


async def test_one_backup_is_made_at_a_time_and_a_dead_one_keeps_nobody(settings: Settings) -> None:
    async with opened(settings) as parts:
        ledger = BackupLedger(parts.database)
        async with ledger.making("somebody-else", BackupKind.MANUAL):
            with pytest.raises(BackupUnderWay, match="somebody-else"):
                await made(parts)
            async with parts.database.writing() as session:
                await session.execute(update(Backup).values(seen_at=utc_now() - timedelta(hours=1)))
            await made(parts)
        async with parts.database.reading() as session:
            states = dict((await session.execute(select(Backup.name, Backup.state))).all())
    assert states.pop("somebody-else") == "failed"
    assert list(states.values()) == ["succeeded"]


async def test_old_backups_go_and_never_the_last_good_one(settings: Settings, backups: Path) -> None:
    first = await backed_up(settings)
    async with database_of(settings) as database, database.writing() as session:
        await session.execute(delete(Artifact))
    second = await backed_up(settings)
    assert second.manifest.objects < first.manifest.objects
    place, later = place_to_write(settings), utc_now() + timedelta(days=40)
    then = time.time() - 3 * 24 * 3600
    for path in (backups / "backups" / "objects").rglob("*"):
        os.utime(path, (then, then))
    assert await prune(place, utc_now(), 30) == []
    assert await prune(place, later, 30) == [first.manifest.name]
    assert await whole(settings) == second.manifest.objects
    left = {found.key.rpartition("/")[2] async for found in place.listed("objects")}
    assert left == {saved.content async for saved in place.saved_objects(second.manifest.name)}
    assert await prune(place, later, 30) == [], "it is as old, and there is no other"


async def test_a_newer_one_that_cannot_be_read_does_not_push_out_the_good_one(settings: Settings) -> None:
    good = await backed_up(settings)
    place = place_to_write(settings)
    await place.write("manifests/20990101T000000000Z-abcdef", once(b"no manifest"))
    assert await prune(place, utc_now() + timedelta(days=40), 30) == []
    assert good.manifest.name in await place.names()


async def test_a_backup_a_day_is_due_until_there_is_one(settings: Settings) -> None:
    async with opened(settings) as parts:
        daily = DailyBackup(parts)
        assert daily.wanted
        assert await daily.is_due()
        await daily.make()
        assert not await daily.is_due()
        async with parts.database.reading() as session:
            row = (await session.scalars(select(Backup))).one()
        assert (row.kind, row.state) == ("scheduled", "succeeded")
        assert row.finished_at is not None
        assert row.bytes > row.sent_bytes > 0


async def test_one_made_aside_stands_for_no_daily_one(settings: Settings, tmp_path: Path) -> None:
    async with opened(settings) as parts:
        daily, figures = DailyBackup(parts), BackupFigures(parts.database)
        await create_backup(parts, place_to_write(settings, f"file://{tmp_path / 'stick'}"))
        await create_backup(parts, place_to_write(settings, unencrypted=True))
        assert await daily.is_due()
        assert [sample.value for sample in await figures.read()] == [0.0, 0.0, 0.0]
        # The same place, told in other words.
        await create_backup(parts, place_to_write(settings, f"{settings.backup.store_url}/"))
        assert not await daily.is_due()
        async with parts.database.reading() as session:
            kinds = (await session.scalars(select(Backup.kind).order_by(Backup.started_at))).all()
    assert kinds == ["aside", "aside", "manual"]


async def test_lists_are_carried_wherever_there_is_a_place_whoever_makes_the_backups(
    settings: Settings, backups: Path
) -> None:
    settings.backup.daily = False
    async with opened(settings) as parts:
        due = {schedule.name: schedule for schedule in schedules_of(parts)}
        assert "backups.create" not in due
        await parts.store.put_bytes("erasures/00000000-0000-0000-0000-000000000001.json", b"{}")
        await due["backups.carry-lists"].task()
    assert [path.name for path in (backups / "backups" / "erasures").iterdir()] == [
        "00000000-0000-0000-0000-000000000001.json"
    ]


async def test_a_daily_backup_that_fails_is_written_down_and_tells_the_log(
    settings: Settings, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"no folder can be made in here")
    settings.backup.store_url = f"file://{tmp_path / 'backups'}"
    async with opened(settings) as parts:
        place = place_to_write(settings)
        (tmp_path / "backups" / "backups").mkdir(parents=True)
        (tmp_path / "backups" / "backups" / "objects").write_bytes(b"a file where a folder should be")
        assert isinstance(place, BackupPlace)
        daily = DailyBackup(parts)
        await daily.make()
        assert await daily.is_due()
        async with parts.database.reading() as session:
            row = (await session.scalars(select(Backup))).one()
    assert row.state == "failed"
    assert row.error
    assert "tried again in an hour" in caplog.text


def test_a_key_ring_names_contents_so_that_others_learn_nothing(settings: Settings) -> None:
    ring = KeyRing.of(settings.backup)
    bare = KeyRing.of(settings.backup, unencrypted=True)
    assert ring.content_name("sha256 a") == ring.content_name("sha256 a") != bare.content_name("sha256 a")
