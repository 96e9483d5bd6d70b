"""Backups of the installation that the settings name: where they go, when one is due, and the way back."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from surtitle.accounts.audit import Deed
from surtitle.backups.carrying import Carrying
from surtitle.backups.errors import BackupUnderWay, NoBackupKey, NoBackupStore
from surtitle.backups.keys import KeyRing
from surtitle.backups.ledger import BackupKind, BackupState
from surtitle.backups.making import BackupMaking, Made
from surtitle.backups.place import BackupPlace
from surtitle.backups.restoring import Restored, Restoring
from surtitle.bootstrap.database import opened_database
from surtitle.bootstrap.installation import Installation, opened
from surtitle.clock import utc_now
from surtitle.config import Settings, StorageSettings
from surtitle.db.keeping_models import Backup
from surtitle.errors import SurtitleError
from surtitle.storage import open_storage, open_store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """A restore, and what was deleted again because it had gone since: `erasures`, and things by age."""

    restored: Restored
    erasures: int
    purged: int


def backup_place(settings: Settings, url: str | None = None, *, unencrypted: bool = False) -> BackupPlace:
    """Where backups are read. Raises `NoBackupStore`."""
    url = url or settings.backup.store_url
    if url is None:
        raise NoBackupStore
    storage = settings.backup.storage(url, settings.effective_storage)
    store = open_storage(storage, settings.data_dir / "backups")
    keys = KeyRing.of(settings.backup, unencrypted=unencrypted)
    is_aside = _is_aside(settings, storage, unencrypted=unencrypted)
    return BackupPlace(store, keys, settings.scratch_directory, is_aside=is_aside)


def place_to_write(settings: Settings, url: str | None = None, *, unencrypted: bool = False) -> BackupPlace:
    """Where new ones go. Raises `NoBackupStore`, and `NoBackupKey` unless it was said that none is wanted."""
    place = backup_place(settings, url, unencrypted=unencrypted)
    if not place.is_sealed and not (unencrypted or settings.backup.unencrypted):
        raise NoBackupKey
    return place


async def create_backup(
    parts: Installation, place: BackupPlace, *, full: bool = False, tell: Callable[[str], None] = log.debug
) -> Made:
    """Make one because somebody said so."""
    kind = BackupKind.ASIDE if place.is_aside else BackupKind.MANUAL
    return await _making(parts).create(place, kind, full=full, tell=tell)


async def restore_backup(
    settings: Settings, place: BackupPlace, wish: str, tell: Callable[[str], None], *, replace: bool
) -> BroughtBack:
    """Put the backup `wish` (or `latest`) into the installation, and delete again what was erased or purged
    since it was made.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = await place.chosen(wish)
    async with opened_database(settings) as database:
        store = open_store(settings)
        restored = await Restoring(settings, database, store, tell).restore(place, name, replace=replace)
    tell("Deleting again what was erased or purged since")
    async with opened(settings) as parts:
        erasures: Sequence[object] = await parts.data_protection.erasures.replay()
        await parts.voices.erasing.replay()
        purged = await parts.data_protection.retention.replay()
        deed = Deed("backup.restored", object_kind="backup", object_id=name, system=True)
        await parts.accounts.audit.tell(deed)
    return BroughtBack(restored, len(erasures), sum(sum(one.counts.values()) for one in purged))


class DailyBackup:
    """Makes a backup a day, where it is said where to. One that fails is tried again after an hour."""

    def __init__(self, parts: Installation) -> None:
        self._parts = parts
        self._settings = parts.settings

    @property
    def has_place(self) -> bool:
        """Whether it is said where backups go, whoever makes them."""
        return self._settings.backup.store_url is not None

    @property
    def wanted(self) -> bool:
        return self.has_place and self._settings.backup.daily

    async def is_due(self) -> bool:
        """Whether none has been begun since midnight (UTC) that succeeded. One made aside is none."""
        midnight = utc_now().replace(hour=0, minute=0, second=0, microsecond=0)
        made = (
            Backup.kind != BackupKind.ASIDE,
            Backup.state == BackupState.SUCCEEDED,
            Backup.started_at >= midnight,
        )
        async with self._parts.database.reading() as session:
            return await session.scalar(select(Backup.id).where(*made).limit(1)) is None

    async def make(self) -> None:
        """A fault is written down and told to the log: it must not be tried again at once."""
        try:
            place = place_to_write(self._settings)
            made = await _making(self._parts).create(place, BackupKind.SCHEDULED)
        except BackupUnderWay as error:
            log.info("no backup is made now: %s", error)
        except (SurtitleError, SQLAlchemyError, OSError) as error:
            log.error("the backup failed, and is tried again in an hour: %s", error)  # noqa: TRY400 - foreseen
        else:
            log.info(
                "backup %s is made: %d files, %d bytes sent", made.manifest.name, made.manifest.objects,
                made.sent_bytes,
            )  # fmt: skip
            _warn_of_missing(made)

    async def carry(self) -> None:
        """The lists of erasures and purges, which a restore must know even of the last minutes."""
        if self._parts.settings.backup.key is None and not self._settings.backup.unencrypted:
            return
        await Carrying(self._parts.store, place_to_write(self._settings)).new_ones()


def _is_aside(settings: Settings, storage: StorageSettings, *, unencrypted: bool) -> bool:
    """Whether a backup there is not what the settings ask for: elsewhere, or without the key that is set."""
    backup = settings.backup
    if backup.store_url is None:
        return False
    folder = settings.data_dir / "backups"
    named = backup.storage(backup.store_url, settings.effective_storage)
    return storage.place(folder) != named.place(folder) or (unencrypted and backup.key is not None)


def _making(parts: Installation) -> BackupMaking:
    return BackupMaking(parts.settings, parts.database, parts.store, parts.accounts.audit)


def _warn_of_missing(made: Made) -> None:
    if made.manifest.missing_count:
        log.warning(
            "%d files that the database knows are not in the store, so not in the backup %s either; "
            "`surtitle doctor storage` tells of them",
            made.manifest.missing_count,
            made.manifest.name,
        )
