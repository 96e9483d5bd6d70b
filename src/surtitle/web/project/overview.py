"""`/app/projects/{project_id}`: what the project is, what it used and what it may still use."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from surtitle.accounts.access import Permission, rights
from surtitle.api.access import READS, Caller
from surtitle.api.dependencies import Use
from surtitle.api.services import Services
from surtitle.clock import utc_now
from surtitle.db.account_models import CreditEntry
from surtitle.domain.time_zones import zone_named
from surtitle.usage.periods import Period, month_of
from surtitle.usage.reports import Grouping
from surtitle.web.catalogues import mark as _
from surtitle.web.formats import Formats
from surtitle.web.project.frame import ROLE_NAMES, Done, project_page
from surtitle.web.project.usage import Line, by_day, by_person, meters_of, totals_of
from surtitle.web.view import view_of

router = APIRouter()

_MONTH = "%Y-%m"
_CREDIT_MOVEMENTS = 20
_MOST_MEMBERS = 200
_DONE = {"default": _("This is your default project now: what names no project lands here.")}

Month = Annotated[str, Query(pattern=r"^(20\d\d-(0[1-9]|1[0-2]))?$")]


@router.get("/projects/{project_id}", dependencies=[READS])
async def show_project(
    *, project_id: UUID, request: Request, use: Use, caller: Caller, month: Month = "", done: Done = ""
) -> Response:
    """The overview; `month`, as `2026-11`, is the one whose usage is shown."""
    zone = zone_named(use.settings.accounts.time_zone)
    shown = _month(month, zone)
    report = await use.usage.of_project(project_id, shown.start, shown.end, Grouping.DAY)
    left = await use.usage.left(project_id)
    project = (await use.people.projects.get(caller, project_id)).project
    formats = (await view_of(request)).formats
    manages = Permission.MANAGE in rights(caller, project_id)
    return await project_page(
        request,
        project_id,
        "overview.html",
        done=_DONE.get(done, ""),
        role_names=ROLE_NAMES,
        left=left,
        meters=meters_of(project, left, formats) if manages else [],
        totals=totals_of(report, formats),
        charts=by_day(report, zone, formats),
        month=formats.month(shown.start.astimezone(zone).date()),
        earlier=_named(shown.start - timedelta(days=1), zone),
        later=_named(shown.end, zone) if shown.end <= utc_now() else "",
        people=await _people(use, project_id, shown, formats) if manages else [],
        movements=await _movements(use, project_id) if left.credits is not None else [],
    )


async def _people(use: Services, project_id: UUID, shown: Period, formats: Formats) -> list[Line]:
    """For those who manage the project: how much a colleague works is not for everybody."""
    report = await use.usage.of_project(project_id, shown.start, shown.end, Grouping.USER)
    members = await use.people.members.page(project_id, None, _MOST_MEMBERS)
    return by_person(report, members.items, formats)


async def _movements(use: Services, project_id: UUID) -> Sequence[CreditEntry]:
    return (await use.credits.account(project_id, None, _CREDIT_MOVEMENTS)).movements.items


def _month(named: str, zone: tzinfo) -> Period:
    """The month of this name, or the present one. Its middle lies in it in every time zone."""
    middle = datetime.strptime(f"{named}-15", "%Y-%m-%d").replace(tzinfo=UTC) if named else utc_now()
    return month_of(middle, zone)


def _named(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).strftime(_MONTH)
