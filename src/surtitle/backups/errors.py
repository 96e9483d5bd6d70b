"""What can be wrong with a backup."""

from surtitle.errors import Busy, Conflict, Invalid, NotFound, SurtitleError


class NoBackupStore(Invalid):
    slug = "no-backup-store"

    def __init__(self) -> None:
        super().__init__(
            "It is not said where backups are. Set SURTITLE_BACKUP__STORE_URL (file:///folder, "
            "s3://bucket/prefix), or name a place: --to URL, --from URL."
        )


class NoBackupKey(Invalid):
    slug = "no-backup-key"

    def __init__(self) -> None:
        super().__init__(
            "There is no key to encrypt the backup with. Make one with `surtitle backup key`, keep it "
            "somewhere else too, and set SURTITLE_BACKUP__KEY (or SURTITLE_BACKUP__KEY_FILE) to it. Without "
            "a key, which leaves every recording and password hash readable: --unencrypted."
        )


class KeyMissing(Invalid):
    """A backup was encrypted with a key that is not here."""

    slug = "backup-key-missing"

    def __init__(self, key_id: str) -> None:
        super().__init__(
            f"A part of the backup was encrypted with the key {key_id}, which is not here. Set "
            "SURTITLE_BACKUP__KEY to it, or add it to SURTITLE_BACKUP__OLD_KEYS. Without that key nobody can "
            "read this backup: also older ones need the newest key, for the lists of what was erased since."
        )


class BackupNotFound(NotFound):
    slug = "backup-not-found"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is no backup {name[:80]!r} here, or it never got finished. `surtitle backup list` shows "
            "those that there are."
        )


class BackupDamaged(SurtitleError):
    """A piece of a backup is missing, cut short, or not what was written."""

    slug = "backup-damaged"

    def __init__(self, piece: str, what: str) -> None:
        super().__init__(
            f"The backup is damaged: {piece} {what}. Take another one (`surtitle backup list`), and make a "
            "new one with `surtitle backup create --full`."
        )
        self.piece = piece


class BackupTooNew(Invalid):
    slug = "backup-too-new"

    def __init__(self, made_by: str, schema: str) -> None:
        super().__init__(
            f"The backup was made by Surtitle {made_by} with tables of version {schema}, which this one "
            "does not know. Install that version or a newer one, and restore with it. Nothing was changed."
        )


class InstallationInUse(Conflict):
    slug = "installation-in-use"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} Stop `surtitle serve` and all workers first. Nothing was changed.")


class InstallationNotEmpty(Conflict):
    slug = "installation-not-empty"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"The installation to restore into holds something: {what}. Name an empty one, or say --replace: "
            "what is in it is then lost. Nothing was changed."
        )


class InstallationTooNew(Conflict):
    """A newer program made its tables: which of them are Surtitle's, this one cannot tell."""

    slug = "installation-too-new"

    def __init__(self, schema: str) -> None:
        super().__init__(
            f"The database to restore into is at version {schema}, which this Surtitle does not know: a "
            "newer one has used it. Name an empty database in SURTITLE_DATABASE_URL (with SQLite move "
            "surtitle.db* away), and restore into that. Nothing was changed."
        )


class BackupUnderWay(Busy):
    slug = "backup-under-way"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The backup {name} is being made. Try again when it has ended.", retry_after_seconds=60
        )
