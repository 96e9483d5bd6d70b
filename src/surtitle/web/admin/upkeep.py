"""`/app/admin/upkeep`: backups, and what the installation does by itself every so often."""

from fastapi import APIRouter, Request, Response

from surtitle.api.access import Supports
from surtitle.api.dependencies import Use
from surtitle.backups.ledger import BackupState
from surtitle.web.admin.sections import admin_page
from surtitle.web.catalogues import mark as _

router = APIRouter()

_BACKUPS = 30

BACKUP_KINDS = {
    "scheduled": _("By the schedule"),
    "manual": _("By a person"),
    "aside": _("By a person, elsewhere or without the key"),
}
BACKUP_STATES = {
    BackupState.RUNNING: _("At work"),
    BackupState.SUCCEEDED: _("Done"),
    BackupState.FAILED: _("Failed"),
}


@router.get("/admin/upkeep")
async def show_upkeep(request: Request, use: Use, _staff: Supports) -> Response:
    """Backups that were begun here, and when each task ran last."""
    return await admin_page(
        request,
        "upkeep.html",
        backups=await use.administration.backups.newest(_BACKUPS),
        kinds=BACKUP_KINDS,
        states=BACKUP_STATES,
        runs=await use.administration.schedule_runs.last(),
        place_set=use.settings.backup.store_url is not None,
        daily=use.settings.backup.daily,
    )
