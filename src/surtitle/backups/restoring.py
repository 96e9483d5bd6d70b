"""The way back: a whole backup into an installation, or nothing of it."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from surtitle.accounts.erasure import remember
from surtitle.accounts.erasure_list import ErasureList
from surtitle.accounts.secrets import put_back_secret
from surtitle.accounts.voice_erasure_list import VoiceErasureList, remember_voice
from surtitle.backups.arriving import Arrived, ObjectArrival
from surtitle.backups.carrying import Carrying, require_readable
from surtitle.backups.checking import require_complete
from surtitle.backups.errors import (
    BackupTooNew,
    InstallationInUse,
    InstallationNotEmpty,
    InstallationTooNew,
)
from surtitle.backups.ledger import BackupKind, remembered
from surtitle.backups.manifest import Manifest
from surtitle.backups.place import BackupPlace
from surtitle.backups.rows import write_rows
from surtitle.config import Settings
from surtitle.db import migrate
from surtitle.db.account_models import AuditEvent, Project
from surtitle.db.engine import Database
from surtitle.db.locks import hold
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.db.moving import RowsDiffer, require_empty
from surtitle.db.ownership import require_ours
from surtitle.db.sqlite import alone_with, make_parent
from surtitle.db.tables import METADATA
from surtitle.errors import Conflict
from surtitle.storage import ObjectStore

_NO_TABLES = "base"
_UNHURRIED = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
)
_OTHERS_AT_WORK = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND application_name = 'surtitle' AND pid <> pg_backend_pid()"
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What is there again. `set_aside` is where the secret lies that was there before, if it was another."""

    manifest: Manifest
    files: Arrived
    rows: int
    set_aside: Path | None


class Restoring:
    """Puts a backup into the installation that `settings` name, whatever database and store it has.

    All is read and proven before anything that the installation knows of is changed: files come first, where
    nothing refers to them yet, and all rows in one transaction at the end.
    """

    def __init__(
        self, settings: Settings, database: Database, store: ObjectStore, tell: Callable[[str], None]
    ) -> None:
        self._settings = settings
        self._database = database
        self._store = store
        self._tell = tell

    async def restore(self, place: BackupPlace, name: str, *, replace: bool = False) -> Restored:
        """Raises `BackupDamaged`, `BackupTooNew`, `KeyMissing`, `InstallationNotEmpty`, `InstallationTooNew`
        and `InstallationInUse`.
        """
        manifest = await place.manifest(name)
        self._tell("Reading the rows, and looking for the files")
        await self._require_usable(manifest, replace=replace)
        # They may be under a newer key than the backup.
        await require_readable(place)
        await require_complete(place, manifest)
        with closing(
            ObjectArrival(place, manifest, self._store, replace=replace, tell=self._tell)
        ) as arrival:
            try:
                files = await arrival.bring()
                await Carrying(self._store, place).back()
                async with self._alone() as connection:
                    await self._put_rows(connection, place, manifest, arrival)
            except BaseException:
                await arrival.take_back()
                raise
        secret = manifest.secret
        aside = put_back_secret(self._settings, secret) if secret is not None else None
        return Restored(manifest, files, sum(table.rows for table in manifest.tables), aside)

    async def _require_usable(self, manifest: Manifest, *, replace: bool) -> None:
        """Before hours of copying, not after them."""
        async with self._alone() as connection:
            if not await connection.run_sync(migrate.is_known, manifest.schema):
                raise BackupTooNew(manifest.surtitle, manifest.schema)
            await connection.run_sync(require_ours)
            there = await connection.run_sync(migrate.revision_of)
            if there == _NO_TABLES:
                return
            if not await connection.run_sync(migrate.is_known, there):
                raise InstallationTooNew(there)
            if not replace:
                await _require_nothing_there(connection)

    async def _put_rows(
        self,
        connection: AsyncConnection,
        place: BackupPlace,
        manifest: Manifest,
        files: ObjectArrival,
    ) -> None:
        self._tell("Writing the rows")
        await _empty(connection)
        await connection.run_sync(migrate.make_anew, manifest.schema)
        # The migrations make one; it comes with the others.
        await connection.execute(delete(Project).where(Project.id == PERSONAL_PROJECT))
        await write_rows(connection, place, manifest)
        await connection.run_sync(migrate.bring_up)
        await self._remember(connection, manifest, BackupKind.ASIDE if place.is_aside else BackupKind.MANUAL)
        if self._database.is_sqlite:
            await _require_whole(connection)
        await files.write_over()
        # Whether a commit that breaks off took place nobody can say: files that nobody refers to do less
        # harm.
        files.keep()
        await connection.commit()

    async def _remember(self, connection: AsyncConnection, manifest: Manifest, kind: BackupKind) -> None:
        """In the same transaction: whoever was erased since, and every voice, is erased again, whatever ends
        this process now.
        """
        async with AsyncSession(bind=connection, join_transaction_mode="create_savepoint") as session:
            async for record in ErasureList(self._store).all():
                await remember(session, record)
            async for voice_id in VoiceErasureList(self._store).all():
                await remember_voice(session, voice_id)
            remembered(session, manifest, kind)
            await session.commit()

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[AsyncConnection]:
        """A transaction with nobody else who works in the database. Raises `InstallationInUse`."""
        if not self._database.is_sqlite:
            async with self._database.engine.connect() as connection:
                for statement in _UNHURRIED:
                    await connection.execute(text(statement))
                if others := await connection.scalar(_OTHERS_AT_WORK):
                    raise InstallationInUse(f"{others} connection(s) of Surtitle are open in the database.")
                async with AsyncSession(bind=connection) as session:
                    await hold(session, "restore")
                yield connection
            return
        make_parent(self._database.url)
        async with AsyncExitStack() as stack:
            try:
                connection = await stack.enter_async_context(alone_with(self._database.url))
            except Conflict as error:
                raise InstallationInUse("Another process has the database open.") from error
            yield connection


async def _require_nothing_there(connection: AsyncConnection) -> None:
    try:
        await require_empty(connection)
    except Conflict as error:
        raise InstallationNotEmpty(error.message.partition(": ")[2].partition(".")[0]) from None


async def _empty(connection: AsyncConnection) -> None:
    """Rows go before their tables do, so that no migration works on what is lost anyway. The audit trail lets
    nobody delete its rows; it goes with its table.
    """
    if await connection.run_sync(migrate.revision_of) == _NO_TABLES:
        return
    await connection.run_sync(migrate.bring_up)
    for table in reversed(METADATA.sorted_tables):
        if table.name != AuditEvent.__tablename__:
            await connection.execute(delete(table))


async def _require_whole(connection: AsyncConnection) -> None:
    """No row refers to one that is not there: SQLite does not look while a file is ours alone."""
    broken: Sequence[object] = (await connection.execute(text("PRAGMA foreign_key_check"))).all()
    if broken:
        raise RowsDiffer(
            f"{len(broken)} row(s) refer to others that are not in the backup; nothing was changed."
        )
