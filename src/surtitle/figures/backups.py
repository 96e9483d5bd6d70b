"""When a backup last went well."""

from collections.abc import Sequence

from sqlalchemy import func, select

from surtitle.db.engine import Database
from surtitle.db.keeping_models import Backup
from surtitle.observability.metrics import Sample


class BackupFigures:
    """Of the backups that were begun here, by a schedule or by a person, where the settings want them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self) -> Sequence[Sample]:
        ours = Backup.kind != "aside"
        async with self._database.reading() as session:
            newest = (
                await session.execute(
                    select(Backup.finished_at, Backup.bytes)
                    .where(ours, Backup.state == "succeeded", Backup.finished_at.is_not(None))
                    .order_by(Backup.finished_at.desc())
                    .limit(1)
                )
            ).one_or_none()
            failed = await session.scalar(
                select(func.max(Backup.finished_at)).where(ours, Backup.state == "failed")
            )
        finished, size = newest or (None, 0)
        return [
            Sample(
                "surtitle_backup_last_success_timestamp_seconds",
                (),
                finished.timestamp() if finished else 0.0,
            ),
            Sample(
                "surtitle_backup_last_failure_timestamp_seconds", (), failed.timestamp() if failed else 0.0
            ),
            Sample("surtitle_backup_size_bytes", (), float(size)),
        ]
