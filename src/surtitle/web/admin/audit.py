"""`/app/admin/audit`: who did what, and whether the trail is still as it was written."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from surtitle.accounts.audit_reading import AuditFilter
from surtitle.accounts.errors import UserNotFound
from surtitle.api.access import Administers, Supports
from surtitle.api.dependencies import Cursor, Use
from surtitle.api.errands import Errand
from surtitle.api.services import Services
from surtitle.clock import FIRST_DAY, LAST_DAY
from surtitle.errors import Invalid
from surtitle.web.admin.sections import ADMIN, admin_page
from surtitle.web.catalogues import mark as _
from surtitle.web.formats import Formats
from surtitle.web.forms import FORM_TOKEN, see_other
from surtitle.web.sentences import Refusal
from surtitle.web.view import view_of

router = APIRouter(prefix="/admin/audit", dependencies=[FORM_TOKEN])

ON_A_PAGE = 50
_VERIFY = "audit-verify"
_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The form's fields as they were typed."""

    action: str
    who: str
    project: str
    object_id: str
    since: date | None
    until: date | None

    @property
    def fields(self) -> dict[str, str]:
        typed = {"action": self.action, "who": self.who, "project": self.project, "object": self.object_id}
        days = {"from": self.since, "to": self.until}
        return {name: value for name, value in typed.items() if value} | {
            name: day.isoformat() for name, day in days.items() if day
        }

    @property
    def query(self) -> str:
        return urlencode(self.fields)

    async def filter(self, use: Services, formats: Formats) -> AuditFilter:
        """Days are those of whoever looks. Raises `Invalid` for what can be no person or project."""
        return AuditFilter(
            action=self.action or None,
            actor=await _person(use, self.who) if self.who else None,
            object_id=self.object_id or None,
            project_id=(await use.people.projects.named(self.project)).id if self.project else None,
            since=formats.begins(self.since) if self.since else None,
            until=formats.ends(self.until) if self.until else None,
        )


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        return None
    return day if day is not None and FIRST_DAY <= day <= LAST_DAY else None


async def _wanted(
    *,
    action: Annotated[str, Query(max_length=64)] = "",
    who: Annotated[str, Query(max_length=320)] = "",
    project: Annotated[str, Query(max_length=120)] = "",
    object_id: Annotated[str, Query(alias="object", max_length=64)] = "",
    since: Annotated[str, Query(alias="from", max_length=10)] = "",
    until: Annotated[str, Query(alias="to", max_length=10)] = "",
) -> Wanted:
    return Wanted(action.strip(), who.strip(), project.strip(), object_id.strip(), _day(since), _day(until))


WantedEvents = Annotated[Wanted, Depends(_wanted)]


@router.get("")
async def show_audit(
    request: Request, use: Use, _staff: Supports, wanted: WantedEvents, cursor: Cursor = None
) -> Response:
    """The newest first."""
    refusal = None
    try:
        found = await wanted.filter(use, (await view_of(request)).formats)
        listed = await use.data_protection.trail.page(found, cursor, ON_A_PAGE)
        entries, following = listed.items, listed.next_cursor
        export = urlencode(_as_the_api_asks(found))
    except Invalid:
        entries, following, export = [], None, ""
        refusal = Refusal(
            _("Nobody and nothing is called that. Type the e-mail or the name in full, or an id.")
        )
    return await admin_page(
        request,
        "audit.html",
        refusal=refusal,
        entries=entries,
        next_cursor=following,
        wanted=wanted,
        export=export,
        verify=use.administration.errands.last(_VERIFY),
    )


@router.post("/verify")
async def verify(use: Use, _admin: Administers) -> Response:
    """Walk the whole trail, as `surtitle admin audit verify`."""

    async def check(_errand: Errand) -> object:
        return await use.data_protection.verification.verify()

    use.administration.errands.begin(_VERIFY, check)
    return see_other(f"{ADMIN}/audit")


async def _person(use: Services, typed: str) -> UUID:
    """By id or e-mail. Nobody is found by one that nobody has, as after an erasure."""
    try:
        return UUID(typed)
    except ValueError:
        pass
    try:
        return (await use.people.users.named(typed)).id
    except UserNotFound:
        return _NOBODY


def _as_the_api_asks(found: AuditFilter) -> dict[str, str]:
    """For the address of the export."""
    told = {
        "action": found.action,
        "actor": found.actor,
        "object": found.object_id,
        "project": found.project_id,
        "from": found.since.isoformat() if found.since else None,
        "to": found.until.isoformat() if found.until else None,
    }
    return {name: str(value) for name, value in told.items() if value is not None}
