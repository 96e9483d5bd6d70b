"""`/app/admin/figures`: what the installation did, day by day."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from babel.dates import format_date
from fastapi import APIRouter, Query, Request, Response

from surtitle.analytics.reading import FigureFilter
from surtitle.analytics.totals import Sums, Totals, totals_of
from surtitle.api.access import Supports
from surtitle.api.dependencies import Use
from surtitle.api.services import Services
from surtitle.clock import utc_now
from surtitle.domain.time_zones import zone_named
from surtitle.errors import Invalid
from surtitle.web.admin.sections import admin_page
from surtitle.web.catalogues import mark as _
from surtitle.web.formats import Formats
from surtitle.web.view import view_of

router = APIRouter()

RANGES = {
    7: _("7 days"),
    30: _("30 days"),
    90: _("90 days"),
    365: _("A year"),
}
Range = Literal["7", "30", "90", "365"]
_MOST_PROJECTS = 20


@router.get("/admin/figures")
async def show_figures(
    request: Request, use: Use, _staff: Supports, days: Annotated[Range, Query()] = "30"
) -> Response:
    """Charts of daily figures, all projects together, and the projects that did most."""
    zone = zone_named(use.settings.accounts.time_zone)
    last = utc_now().astimezone(zone).date()
    first = last - timedelta(days=int(days) - 1)
    totals = totals_of([row async for row in use.kpis.stream(FigureFilter(first, last))])
    formats = (await view_of(request)).formats
    return await admin_page(
        request,
        "figures.html",
        ranges=RANGES,
        chosen=int(days),
        first=first,
        last=last,
        whole=totals.whole,
        charts_shown=_charts(totals, first, last, formats),
        projects=await _busiest(use, totals),
        time_zone=use.settings.accounts.time_zone,
    )


_Read = Callable[[Sums], float]


def _charts(totals: Totals, first: date, last: date, formats: Formats) -> list[tuple[str, list[Any]]]:
    """Titles, and a point for each day, those without figures too."""
    number, size = (lambda value: formats.number(round(value, 1))), (lambda value: formats.size(int(value)))
    wanted: list[tuple[str, _Read, Callable[[float], str]]] = [
        (_("Jobs done"), lambda sums: sums.succeeded, number),
        (_("Jobs failed"), lambda sums: sums.failed, number),
        (_("Minutes of recordings"), lambda sums: sums.minutes, number),
        (_("Mean wait in seconds"), lambda sums: sums.waited_seconds or 0.0, number),
        (_("Films made"), lambda sums: sums.films, number),
        (_("Credits used"), lambda sums: sums.credits, number),
        (_("Kept at the end of the day"), lambda sums: sums.storage_bytes, size),
    ]
    every = [first + timedelta(days=passed) for passed in range((last - first).days + 1)]
    return [(title, _points(totals.days, every, read, told, formats)) for title, read, told in wanted]


def _points(
    days: Mapping[date, Sums],
    every: list[date],
    read: _Read,
    told: Callable[[float], str],
    formats: Formats,
) -> list[dict[str, Any]]:
    nothing = Sums()
    values = [max(0.0, float(read(days.get(day, nothing)))) for day in every]
    return [
        {"label": format_date(day, "medium", locale=formats.locale), "value": value, "shown": told(value)}
        for day, value in zip(every, values, strict=True)
    ]


async def _busiest(use: Services, totals: Totals) -> list[tuple[str, list[str], Sums]]:
    """Those with the most jobs: name and owners; a project that was erased has its id alone."""
    most = sorted(totals.projects.items(), key=lambda one: -one[1].created)[:_MOST_PROJECTS]
    owners = await use.people.projects.owners_of([project_id for project_id, _sums in most])
    return [(await _name(use, project_id), owners.get(project_id, []), sums) for project_id, sums in most]


async def _name(use: Services, project_id: UUID) -> str:
    try:
        return (await use.people.projects.named(str(project_id))).name
    except Invalid:
        return str(project_id)
