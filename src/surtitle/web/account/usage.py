"""`/app/account/usage`: what one used in a month, by day and by project."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from babel.dates import format_date
from fastapi import APIRouter, Query, Request, Response

from surtitle.accounts.access import Principal
from surtitle.accounts.people import People
from surtitle.api.access import SignedIn
from surtitle.api.dependencies import Use
from surtitle.clock import utc_now
from surtitle.domain.time_zones import zone_named
from surtitle.errors import SurtitleError
from surtitle.usage.kinds import UsageKind
from surtitle.usage.periods import Period, days_within, month_of
from surtitle.usage.reports import Amounts, Grouping, Report
from surtitle.web.account.shared import USAGE, OwnPeople, section_page
from surtitle.web.formats import Formats
from surtitle.web.view import view_of

router = APIRouter(prefix="/account")

_MINUTE_SECONDS = 60
_MONTH = "%Y-%m"


@dataclass(frozen=True, slots=True)
class Point:
    """A bar of the chart."""

    label: str
    value: float
    shown: str


@router.get("/usage")
async def show_usage(
    request: Request,
    caller: SignedIn,
    use: Use,
    people: OwnPeople,
    month: Annotated[str, Query(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")] = "",
) -> Response:
    """One month; the present one if none is named."""
    assert caller.user_id is not None
    zone = zone_named(use.settings.accounts.time_zone)
    period = month_of(
        datetime.strptime(month, _MONTH).replace(day=2, tzinfo=UTC) if month else utc_now(), zone
    )
    by_day, by_project = [
        await use.usage.of_user(caller.user_id, period.start, period.end, by)
        for by in (Grouping.DAY, Grouping.PROJECT)
    ]
    formats = (await view_of(request)).formats
    first = period.start.astimezone(zone)
    return await section_page(
        request,
        USAGE,
        "usage.html",
        month=format_date(first, "LLLL yyyy", locale=formats.locale),
        before=(first - timedelta(days=1)).strftime(_MONTH),
        after=(period.end + timedelta(hours=1)).astimezone(zone).strftime(_MONTH)
        if period.end <= utc_now()
        else "",
        totals=told(by_day.totals, formats),
        points=_points(by_day, days_within(period, zone), formats),
        projects=await _by_project(caller, people, by_project, formats),
    )


def told(amounts: Amounts, formats: Formats) -> dict[str, str]:
    """What was used, as people read it."""
    used = amounts.used
    return {
        "heard": formats.length(used[UsageKind.AUDIO_SECONDS]),
        "made": formats.length(used[UsageKind.GENERATED_SECONDS]),
        "jobs": formats.number(round(used[UsageKind.JOBS])),
    }


def _points(report: Report, days: Mapping[Any, Period], formats: Formats) -> list[Point]:
    points = []
    for day in days:
        seconds = (report.lines.get(day) or Amounts()).used[UsageKind.AUDIO_SECONDS]
        label = format_date(day, "d MMM", locale=formats.locale)
        points.append(Point(label, seconds / _MINUTE_SECONDS, formats.length(seconds)))
    return points


async def _by_project(
    caller: Principal, people: People, report: Report, formats: Formats
) -> list[tuple[str, dict[str, str]]]:
    return [
        (await _name(caller, people, project), told(amounts, formats))
        for project, amounts in report.lines.items()
        if isinstance(project, UUID)
    ]


async def _name(caller: Principal, people: People, project: UUID) -> str:
    """Empty for one that the caller is in no more."""
    try:
        return (await people.projects.get(caller, project)).project.name
    except SurtitleError:
        return ""
