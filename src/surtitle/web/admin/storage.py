"""`/app/admin/storage`: what is used and free, what lies there for nothing, what would go by its age."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field

from surtitle.accounts.retention import Purged
from surtitle.api.access import Administers, Supports
from surtitle.api.dependencies import Use
from surtitle.api.errands import Errand
from surtitle.api.services import Services
from surtitle.web.admin.sections import ADMIN, admin_page
from surtitle.web.catalogues import mark as _
from surtitle.web.forms import FORM_TOKEN, see_other

router = APIRouter(prefix="/admin/storage", dependencies=[FORM_TOKEN])

STORAGE = f"{ADMIN}/storage"
_LOOK, _PREVIEW = "storage-look", "purge-preview"
_MOST_DAYS = 36_500

KINDS = {
    "recordings": _("Recordings"),
    "results": _("Results of jobs"),
    "working": _("Working files"),
}
AGED = {
    "recordings": _("Recordings"),
    "jobs": _("Jobs"),
    "files": _("Files of jobs"),
    "transcripts": _("Transcripts"),
}
FAULTS = {
    "orphan": _("Files that nothing refers to"),
    "leftover": _("Parts of files whose upload died"),
    "lost media": _("Recordings whose file is gone"),
    "damaged media": _("Recordings whose file has another size than was written"),
    "lost artifact": _("Files of jobs that are gone"),
    "damaged artifact": _("Files of jobs of another size than was written"),
    "lost revision": _("Documents of transcripts that are gone"),
}


@router.get("")
async def show_storage(request: Request, use: Use, _staff: Supports) -> Response:
    """How full it is, and what was found when somebody looked last."""
    told = await use.administration.figures.read("storage")
    errands = use.administration.errands
    used = {kind: _bytes(told, "surtitle_storage_used_bytes", kind) or 0 for kind in KINDS}
    return await admin_page(
        request,
        "storage.html",
        kinds=KINDS,
        used=used,
        used_bytes=sum(used.values()),
        free_bytes=_bytes(told, "surtitle_storage_free_bytes"),
        capacity_bytes=_bytes(told, "surtitle_storage_capacity_bytes"),
        in_folder=use.settings.effective_storage.place(use.settings.storage_directory).folder is not None,
        faults=FAULTS,
        aged=AGED,
        look=errands.last(_LOOK),
        preview=errands.last(_PREVIEW),
    )


@router.post("/look")
async def look_through(use: Use, _admin: Administers) -> Response:
    """Compare all files with all rows, as `surtitle doctor storage`. Nothing is changed."""

    async def look(_errand: Errand) -> object:
        return await use.administration.mending.run(mend=False)

    use.administration.errands.begin(_LOOK, look)
    return see_other(f"{STORAGE}#look")


class AgeForm(BaseModel):
    """What is older than so many days."""

    days: Annotated[int, Field(ge=0, le=_MOST_DAYS)]


@router.post("/preview")
async def preview_purge(form: Annotated[AgeForm, Form()], use: Use, _admin: Administers) -> Response:
    """What `surtitle purge` would delete. Nothing is."""

    async def preview(errand: Errand) -> object:
        errand.what = str(form.days)
        return await _would_go(use, form.days)

    use.administration.errands.begin(_PREVIEW, preview)
    return see_other(f"{STORAGE}#preview")


async def _would_go(use: Services, days: int) -> tuple[dict[str, int], int, int]:
    """How many of each kind, in how many projects, and their bytes."""
    found: list[Purged] = [
        one for one in await use.data_protection.retention.purge(days, dry_run=True) if one.counts
    ]
    counts: dict[str, int] = {}
    for one in found:
        for kind, count in one.counts.items():
            counts[kind] = counts.get(kind, 0) + count
    return counts, len(found), sum(one.size_bytes for one in found)


def _bytes(told: Mapping[tuple[str, ...], float], *key: str) -> int | None:
    value = told.get(key)
    return None if value is None else int(value)
