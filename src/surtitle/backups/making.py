"""Making a backup: the rows of one moment, and every object that they refer to."""

import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import surtitle
from surtitle.accounts.audit import AuditTrail, Deed
from surtitle.accounts.secrets import own_secret
from surtitle.backups.carrying import Carrying, once
from surtitle.backups.ledger import BackupKind, BackupLedger
from surtitle.backups.lines import packed
from surtitle.backups.manifest import Manifest, SavedTable
from surtitle.backups.place import LISTS, MANIFESTS, ROWS, BackupPlace, WaitingFile, new_name
from surtitle.backups.pruning import prune
from surtitle.backups.references import References
from surtitle.backups.rows import RowReader, at_one_moment
from surtitle.backups.sending import ObjectSender, Sent
from surtitle.clock import utc_now
from surtitle.config import Settings
from surtitle.db import migrate
from surtitle.db.engine import Database
from surtitle.storage import ObjectStore, SortedLines

log = logging.getLogger(__name__)

_MOST_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that is there, what had to be sent for it, and the names of old ones that went."""

    manifest: Manifest
    sent_bytes: int
    pruned: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Moment:
    """The database as it was read."""

    schema: str
    tables: Sequence[SavedTable]


class BackupMaking:
    """Makes backups of one installation. Work goes on meanwhile; one backup is made at a time."""

    def __init__(self, settings: Settings, database: Database, store: ObjectStore, audit: AuditTrail) -> None:
        self._settings = settings
        self._database = database
        self._store = store
        self._audit = audit

    async def create(
        self,
        place: BackupPlace,
        kind: BackupKind = BackupKind.MANUAL,
        *,
        full: bool = False,
        tell: Callable[[str], None] = log.debug,
    ) -> Made:
        """Make one; old ones go only then. With `full` every file is sent again, whatever is there.

        Its manifest comes last: what breaks off leaves no backup, and what it sent is not sent again. Raises
        `BackupUnderWay`.
        """
        now = utc_now()
        name, ledger = new_name(now), BackupLedger(self._database)
        async with ledger.making(name, kind) as backup_id:
            manifest, sent = await self._sent(place, name, now, full=full, tell=tell)
            await Carrying(self._store, place).there(full=full)
            await place.write(f"{MANIFESTS}/{name}", once(manifest.as_bytes()))
            await ledger.succeeded(backup_id, manifest, sent)
            pruned = await prune(place, now, self._settings.backup.keep_days)
        await self._audit.tell(Deed("backup.created", object_kind="backup", object_id=name, system=True))
        return Made(manifest, sent.sent_bytes, pruned)

    async def _sent(
        self, place: BackupPlace, name: str, now: datetime, *, full: bool, tell: Callable[[str], None]
    ) -> tuple[Manifest, Sent]:
        with (
            closing(WaitingFile(place, f"{ROWS}/{name}")) as rows,
            closing(WaitingFile(place, f"{LISTS}/{name}")) as listed,
        ):
            moment, sent = await self._agreed(place, rows, listed, full=full, tell=tell)
            await rows.send()
            await listed.send()
            return self._manifest(place, (name, now), moment, sent, rows.size_bytes), sent

    async def _agreed(
        self,
        place: BackupPlace,
        rows: WaitingFile,
        listed: WaitingFile,
        *,
        full: bool,
        tell: Callable[[str], None],
    ) -> tuple[_Moment, Sent]:
        """Rows and objects that fit together. An object that went while others were sent was deleted with
        what refers to it; so the rows are read once more, and then hardly anything is left to send.
        """
        lost: set[str] = set()
        sent_before = 0
        for round_ in range(_MOST_ROUNDS):
            tell("Reading the database")
            with SortedLines(place.scratch) as references, SortedLines(place.scratch) as stored:
                wanted = References(place.keys, references)
                moment = await self._read(rows, wanted)
                if not full or round_:
                    await place.contents(stored)
                sent = Sent(sent_bytes=sent_before)
                tell(f"Sending what is new of {references.count} files")
                entries = ObjectSender(self._store, place, tell).entries(wanted, stored, sent)
                async with aclosing(entries):
                    await listed.fill(packed(entries))
            sent_before = sent.sent_bytes
            if set(sent.missing) == lost:
                break
            lost = set(sent.missing)
        return moment, sent

    async def _read(self, rows: WaitingFile, wanted: References) -> _Moment:
        """Quickly, onto this machine's disk: a long transaction would keep the database from tidying up."""
        async with at_one_moment(self._database) as connection:
            schema = await connection.run_sync(migrate.revision_of)
            reader = RowReader(connection, wanted.see)
            documents: AsyncGenerator[Any, None] = reader.documents()
            async with aclosing(documents):
                await rows.fill(packed(documents))
        return _Moment(schema, reader.tables)

    def _manifest(
        self, place: BackupPlace, about: tuple[str, datetime], moment: _Moment, sent: Sent, rows_bytes: int
    ) -> Manifest:
        name, made_at = about
        return Manifest(
            name=name,
            made_at=made_at,
            surtitle=surtitle.__version__,
            schema=moment.schema,
            tables=moment.tables,
            objects=sent.count,
            object_bytes=sent.size_bytes,
            rows_bytes=rows_bytes,
            missing=sorted(sent.missing),
            missing_count=len(sent.missing),
            # Whoever can read an unencrypted backup must not be able to sign as this installation too.
            secret=own_secret(self._settings) if place.is_sealed else None,
        )
