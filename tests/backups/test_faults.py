"""What can befall a backup, and an installation that is to be restored: told before anything is changed."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select, text
from tests.accounts.belongings import EMAIL
from tests.backups.kept import (
    KEY,
    OTHER_KEY,
    backed_up,
    brought_back,
    database_of,
    files_in,
    installation,
    rows_in,
)

from surtitle.backups.carrying import CARRIED
from surtitle.backups.checking import verify
from surtitle.backups.errors import (
    BackupDamaged,
    BackupNotFound,
    InstallationInUse,
    InstallationNotEmpty,
    KeyMissing,
    NoBackupKey,
    NoBackupStore,
)
from surtitle.bootstrap.backups import backup_place, place_to_write, restore_backup
from surtitle.bootstrap.installation import opened
from surtitle.config import Settings
from surtitle.db import migrate
from surtitle.db.account_models import User
from surtitle.db.models import Media
from surtitle.errors import Unavailable
from surtitle.storage import open_store


async def verified(settings: Settings, wish: str = "latest") -> int:
    place = backup_place(settings)
    return (await verify(place, await place.chosen(wish), print)).objects


def files_of(backups: Path) -> list[Path]:
    return sorted(path for path in backups.rglob("*") if path.is_file())


def harmed(path: Path, harm: str) -> None:
    data = path.read_bytes()
    if harm == "altered":
        middle = len(data) * 3 // 4
        data = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    path.unlink()
    if harm != "missing":
        path.write_bytes(data[:-1] if harm == "cut short" else data)


@pytest.mark.parametrize("unencrypted", [False, True])
async def test_no_byte_can_change_without_being_found(
    settings: Settings, tmp_path: Path, backups: Path, *, unencrypted: bool
) -> None:
    await backed_up(settings, unencrypted=unencrypted)
    objects = await verified(settings)
    assert objects > 5
    target = installation(tmp_path / "target", f"file://{backups}")
    for path in files_of(backups):
        whole = path.read_bytes()
        for harm in ("altered", "cut short", "missing"):
            if harm == "missing" and path.parent.name in {"manifests", *CARRIED}:
                # Without its manifest there is no backup, and no damaged one; and nothing counts the records.
                continue
            harmed(path, harm)
            with pytest.raises(BackupDamaged):
                await verified(settings)
            path.write_bytes(whole)
    assert await verified(settings) == objects
    assert not target.data_dir.exists()


@pytest.mark.parametrize("folder", ["rows", "lists", "objects"])
async def test_a_damaged_backup_changes_nothing(
    settings: Settings, tmp_path: Path, backups: Path, folder: str
) -> None:
    await backed_up(settings)
    target = installation(tmp_path / "target", f"file://{backups}")
    async with opened(target):
        pass
    before = await rows_in(target)
    victim = [path for path in files_of(backups) if folder in path.parts][-1]
    harmed(victim, "altered")
    with pytest.raises(BackupDamaged, match="Take another one"):
        await brought_back(target, replace=True)
    assert await rows_in(target) == before
    assert [key async for key in open_store(target).keys("")] == []


async def test_a_backup_needs_its_key(settings: Settings, tmp_path: Path, backups: Path) -> None:
    await backed_up(settings)
    place = f"file://{backups}"
    stranger = installation(tmp_path / "a", place, backup={"key": OTHER_KEY})
    with pytest.raises(KeyMissing, match="SURTITLE_BACKUP__OLD_KEYS"):
        await verified(stranger)
    with pytest.raises(KeyMissing):
        await brought_back(stranger)
    # A new key: older backups are read with the old one, and new ones say nothing to it.
    heir = installation(settings.data_dir, place, backup={"key": OTHER_KEY, "old_keys": [KEY]})
    assert await verified(heir) > 5
    newer = await backed_up(heir)
    assert newer.sent_bytes > 0
    with pytest.raises(KeyMissing):
        await verified(settings)
    words = b"".join(path.read_bytes() for path in files_of(backups))
    assert EMAIL.encode() not in words
    assert b"xylophonist" not in words


async def test_nothing_goes_out_unencrypted_unless_that_was_said(settings: Settings, backups: Path) -> None:
    bare = installation(settings.data_dir, f"file://{backups}", backup={"key": None})
    with pytest.raises(NoBackupKey, match="surtitle backup key"):
        place_to_write(bare)
    with pytest.raises(NoBackupStore):
        place_to_write(installation(settings.data_dir, f"file://{backups}", backup={"store_url": None}))
    await backed_up(bare, unencrypted=True)
    assert await verified(bare) > 5
    manifest = await backup_place(bare).manifest(await backup_place(bare).chosen("latest"))
    assert manifest.secret is None, "who can read it must not be able to sign as this installation"


async def test_an_installation_that_holds_something_is_not_written_over(
    settings: Settings, tmp_path: Path, backups: Path
) -> None:
    await backed_up(settings)
    target = installation(tmp_path / "target", f"file://{backups}")
    await brought_back(target)
    async with database_of(target) as database, database.writing() as session:
        for user in await session.scalars(select(User)):
            user.email = "somebody.else@example.org"
    changed = await rows_in(target)
    with pytest.raises(InstallationNotEmpty, match="--replace"):
        await brought_back(target)
    assert await rows_in(target) == changed
    again = await brought_back(target, replace=True)
    assert again.restored.files.already == again.restored.files.count > 5
    assert await rows_in(target) == await rows_in(settings)


async def test_another_programs_database_is_not_written_over(
    settings: Settings, tmp_path: Path, backups: Path
) -> None:
    await backed_up(settings)
    target = installation(tmp_path / "target", f"file://{backups}")
    async with database_of(target) as database, database.writing() as session:
        await session.execute(text("CREATE TABLE jobs (number int)"))
    with pytest.raises(Unavailable, match="another program's tables"):
        await brought_back(target, replace=True)
    assert [key async for key in open_store(target).keys("")] == []


async def test_other_bytes_in_the_way_are_written_over_last(
    settings: Settings, tmp_path: Path, backups: Path
) -> None:
    await backed_up(settings)
    target = installation(tmp_path / "target", f"file://{backups}")
    async with database_of(settings) as database, database.reading() as session:
        key = (await session.scalars(select(Media.object_key).limit(1))).one()
    await open_store(target).put_bytes(key, b"something else")
    with pytest.raises(InstallationNotEmpty, match="another file"):
        await brought_back(target)
    assert [one async for one in open_store(target).keys("")] == [key]
    await brought_back(target, replace=True)
    assert await files_in(target) == await files_in(settings)


async def test_nothing_is_restored_under_the_feet_of_a_server(
    settings: Settings, tmp_path: Path, backups: Path, postgres_url: str
) -> None:
    await backed_up(settings)
    for told in ({}, {"database_url": postgres_url}):
        target = installation(tmp_path / f"target-{len(told)}", f"file://{backups}", **told)
        async with database_of(target) as at_work:
            await migrate.upgrade(at_work)
            with pytest.raises(InstallationInUse, match="Stop `surtitle serve`"):
                await brought_back(target, replace=True)
        await brought_back(target, replace=True)
        assert await rows_in(target) == await rows_in(settings)


async def test_a_restore_that_is_killed_is_begun_again(
    settings: Settings, tmp_path: Path, backups: Path
) -> None:
    await backed_up(settings)
    target = installation(tmp_path / "target", f"file://{backups}")

    def pull_the_plug(news: str) -> None:
        if news == "Writing the rows":
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await restore_backup(target, backup_place(target), "latest", pull_the_plug, replace=False)
    assert [key async for key in open_store(target).keys("media")] == []
    await brought_back(target)
    assert await rows_in(target) == await rows_in(settings)


async def test_what_is_not_there_is_not_restored(settings: Settings) -> None:
    with pytest.raises(BackupNotFound, match="surtitle backup list"):
        await brought_back(settings, "20260101T000000Z-abcdef")
