"""A backup brings erased people back; the restore does not."""

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from tests.accounts.belongings import EMAIL
from tests.backups.kept import KEY, OTHER_KEY, backed_up, brought_back, database_of, installation

from surtitle.accounts.access import OWNER_OF_MACHINE
from surtitle.accounts.erasure import Mode
from surtitle.accounts.purge_list import PurgeList, PurgeRecord
from surtitle.backups.arriving import ObjectArrival
from surtitle.backups.carrying import once
from surtitle.backups.checking import verify
from surtitle.backups.errors import BackupDamaged, KeyMissing
from surtitle.bootstrap.backups import backup_place, place_to_write, restore_backup
from surtitle.bootstrap.installation import opened
from surtitle.clock import utc_now
from surtitle.config import Settings
from surtitle.db.account_models import Erasure, User
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.ids import new_id
from surtitle.storage import open_store


async def erased_since(settings: Settings) -> tuple[str, UUID]:
    """A backup from before somebody was erased, its name, and who that was; a later one knows of it."""
    before = await backed_up(settings)
    async with opened(settings) as parts:
        async with parts.database.reading() as session:
            user_id = (await session.scalars(select(User.id).where(User.email == EMAIL))).one()
        erasures = parts.data_protection.erasures
        begun = await erasures.begin(OWNER_OF_MACHINE, user_id, Mode.ERASE, None)
        assert (await erasures.go_on(begun.id)).finished_at is not None
    await backed_up(settings)
    return before.manifest.name, user_id


async def test_the_erased_stay_erased(settings: Settings, tmp_path: Path, backups: Path) -> None:
    name, user_id = await erased_since(settings)
    # Into the same installation, and into another one, whose store never heard of it.
    for target in (settings, installation(tmp_path / "target", f"file://{backups}")):
        done = await brought_back(target, name, replace=True)
        assert done.erasures == 1
        async with database_of(target) as database, database.reading() as session:
            assert await session.get(User, user_id) is None
            assert (await session.scalars(select(Erasure.finished_at))).one() is not None


async def test_an_erasure_is_gone_on_with_even_if_the_restore_dies_before(
    settings: Settings, tmp_path: Path, backups: Path
) -> None:
    name, user_id = await erased_since(settings)
    target = installation(tmp_path / "target", f"file://{backups}")

    def dies(news: str) -> None:
        if news.startswith("Deleting again"):
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await restore_backup(target, backup_place(target), name, dies, replace=False)
    async with database_of(target) as database, database.reading() as session:
        assert (await session.get_one(User, user_id)).state == "erasing"
        assert (await session.scalars(select(Erasure.finished_at))).one() is None


async def test_a_new_key_alone_is_enough_for_the_backups_made_with_it(
    settings: Settings, tmp_path: Path, backups: Path
) -> None:
    _name, user_id = await erased_since(settings)
    place = f"file://{backups}"
    heir = installation(settings.data_dir, place, backup={"key": OTHER_KEY, "old_keys": [KEY]})
    await backed_up(heir)
    target = installation(tmp_path / "target", place, backup={"key": OTHER_KEY})
    assert (await brought_back(target)).erasures == 1
    async with database_of(target) as database, database.reading() as session:
        assert await session.get(User, user_id) is None


async def test_an_older_backup_needs_the_newest_key_too_and_says_so_at_once(
    settings: Settings, tmp_path: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, user_id = await erased_since(settings)
    place = f"file://{backups}"
    await backed_up(installation(settings.data_dir, place, backup={"key": OTHER_KEY, "old_keys": [KEY]}))
    with monkeypatch.context() as patched:
        # Not after hours of copying.
        patched.delattr(ObjectArrival, "bring")
        with pytest.raises(KeyMissing, match="newest"):
            await brought_back(installation(tmp_path / "target", place), name)
    both = installation(tmp_path / "target", place, backup={"key": KEY, "old_keys": [OTHER_KEY]})
    assert (await brought_back(both, name)).erasures == 1
    async with database_of(both) as database, database.reading() as session:
        assert await session.get(User, user_id) is None


async def test_a_record_that_was_altered_is_found_and_written_again_with_the_rest(
    settings: Settings, backups: Path
) -> None:
    await erased_since(settings)
    place = backup_place(settings)
    name = await place.chosen("latest")
    [record] = (backups / "backups" / "erasures").iterdir()
    data = record.read_bytes()
    record.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(BackupDamaged, match="erasures/"):
        await verify(place, name, print, quick=True)
    await backed_up(settings, full=True)
    await verify(place, name, print)


async def test_of_purges_the_last_is_kept_beside_the_backups_under_whatever_key(
    settings: Settings, tmp_path: Path, backups: Path
) -> None:
    purges, now = PurgeList(open_store(settings)), utc_now()
    first, last = (PurgeRecord(PERSONAL_PROJECT, (), now - timedelta(days=days)) for days in (20, 10))
    await purges.keep(first)
    await backed_up(settings)
    await purges.keep(last)
    place = f"file://{backups}"
    heir = installation(settings.data_dir, place, backup={"key": OTHER_KEY})
    # What another installation wrote there, and what an earlier version wrote, is not for this one to drop.
    strangers = {f"{new_id()}/everything/20200101T000000000000Z.json", f"{new_id()}.json"}
    for stranger in strangers:
        await place_to_write(heir).write(f"purges/{stranger}", once(b"{}"))
    await backed_up(heir)
    assert {found.key async for found in backup_place(heir).listed("purges")} == {last.name, *strangers}
    for stranger in strangers:
        await place_to_write(heir).delete(f"purges/{stranger}")
    target = installation(tmp_path / "target", place, backup={"key": OTHER_KEY})
    await brought_back(target)
    assert [one async for one in PurgeList(open_store(target)).all()] == [(PERSONAL_PROJECT, last.plan)]
