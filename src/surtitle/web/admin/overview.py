"""`/app/admin`: whether the installation is well, at a glance."""

import asyncio
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import SQLAlchemyError

from surtitle import __version__
from surtitle.api.access import Supports
from surtitle.api.dependencies import Use
from surtitle.api.services import Services
from surtitle.db import migrate
from surtitle.errors import SurtitleError
from surtitle.web.admin.sections import admin_page
from surtitle.web.catalogues import mark as _

router = APIRouter()

CHECK_NAMES = {
    "database": _("Database"),
    "store": _("Storage"),
    "hub": _("Hub between processes"),
    "workers": _("Workers"),
    "schedules": _("Recurring tasks"),
    "model": _("Speech model"),
}
# Below this share of what there is, somebody should see to it. The same as of the alert in docs/operate.
_LITTLE_FREE = 0.2
_LONG_BACKLOG_SECONDS = 900.0
_OLD_BACKUP_SECONDS = 36 * 3600.0


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits to be sent, and for how long the first has."""

    waiting: int
    oldest_seconds: float
    failed: int

    @property
    def is_long(self) -> bool:
        return self.waiting > 0 and self.oldest_seconds > _LONG_BACKLOG_SECONDS


@dataclass(frozen=True, slots=True)
class Vitals:
    """What the page tells beside the checks. What could not be read is None."""

    schema: str | None
    schema_is_whole: bool
    mail: Backlog | None
    webhooks: Backlog | None
    queued: int
    running: int
    used_bytes: int | None
    free_bytes: int | None
    backup_at: datetime | None
    backup_is_old: bool
    backups_on: bool

    @property
    def little_free(self) -> bool:
        if self.free_bytes is None or self.used_bytes is None:
            return False
        return self.free_bytes < _LITTLE_FREE * (self.free_bytes + self.used_bytes)


@router.get("/admin")
async def show_overview(request: Request, use: Use, _staff: Supports) -> Response:
    """Readiness as `/health/ready` tells it, and what else goes wrong quietly."""
    checks, vitals = await asyncio.gather(
        use.readiness.look(serves=True, works=use.settings.server.workers > 0), _vitals(use)
    )
    return await admin_page(
        request,
        "overview.html",
        checks=checks,
        well=all(check.ready for check in checks) and vitals.schema_is_whole,
        broken=any(check.required and not check.ready for check in checks),
        check_names=CHECK_NAMES,
        vitals=vitals,
        version=__version__,
        python=platform.python_version(),
        database="SQLite" if use.database.is_sqlite else "PostgreSQL",
    )


async def _vitals(use: Services) -> Vitals:
    told = await use.administration.figures.read("jobs", "outbox", "webhooks", "backups", "storage")
    schema, whole = await _schema(use)
    backup = told.get(("surtitle_backup_last_success_timestamp_seconds",), 0.0)
    return Vitals(
        schema=schema,
        schema_is_whole=whole,
        mail=_backlog(told, "surtitle_outbox", ("mail",)),
        webhooks=_backlog(told, "surtitle_webhook", ()),
        queued=int(told.get(("surtitle_jobs", "queued"), 0)),
        running=int(told.get(("surtitle_jobs", "running"), 0)),
        used_bytes=_used(told),
        free_bytes=_whole(told.get(("surtitle_storage_free_bytes",))),
        backup_at=datetime.fromtimestamp(backup, UTC) if backup else None,
        backup_is_old=bool(backup) and datetime.now(UTC).timestamp() - backup > _OLD_BACKUP_SECONDS,
        backups_on=use.settings.backup.store_url is not None,
    )


async def _schema(use: Services) -> tuple[str | None, bool]:
    """The version of the tables, and whether this program can work with them."""
    try:
        async with use.database.reading() as session:
            revision = await (await session.connection()).run_sync(migrate.revision_of)
        newer = await migrate.newer_version(use.database)
        return revision, newer is not None or await migrate.is_at_head(use.database)
    except (SQLAlchemyError, SurtitleError):
        return None, False


def _backlog(told: Mapping[tuple[str, ...], float], figure: str, labels: tuple[str, ...]) -> Backlog | None:
    waiting = told.get((f"{figure}_waiting", *labels))
    if waiting is None:
        return None
    oldest = told.get((f"{figure}_oldest_seconds", *labels), 0.0)
    return Backlog(int(waiting), oldest, int(told.get((f"{figure}_last_hour", *labels, "failed"), 0)))


def _used(told: Mapping[tuple[str, ...], float]) -> int | None:
    kinds = [value for key, value in told.items() if key[0] == "surtitle_storage_used_bytes"]
    return int(sum(kinds)) if kinds else None


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
