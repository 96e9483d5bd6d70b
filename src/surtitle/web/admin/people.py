"""`/app/admin/people`: everybody's accounts, invitations to register, and erasures."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from surtitle.accounts.access import Principal, Role
from surtitle.api.access import Supports
from surtitle.api.dependencies import Accounts, Cursor, Use
from surtitle.api.services import Services
from surtitle.clock import utc_now
from surtitle.web.admin.sections import admin_page
from surtitle.web.catalogues import mark as _

router = APIRouter(prefix="/admin/people")

ON_A_PAGE = 30
_INVITATIONS = 100
_ERASURES = 20

ROLE_NAMES = {
    Role.USER: _("User"),
    Role.SUPPORT: _("Support"),
    Role.ADMIN: _("Administrator"),
}
ACCOUNT_STATES = {
    "active": _("Active"),
    "unconfirmed": _("E-mail not confirmed"),
    "blocked": _("Kept out"),
    "erasing": _("Being erased"),
    "erased": _("Erased"),
}

TOLD = {
    "erased": _("The person was erased, with all that was theirs."),
    "erasing": _("The account is closed, and the erasure is under way. It ends by itself."),
    "revoked": _("The invitation does not work any more."),
    "bad-link": _("The invitation was accepted or taken back in the meantime."),
}


@router.get("")
async def show_people(
    *,
    request: Request,
    use: Use,
    people: Accounts,
    staff: Supports,
    search: Annotated[str, Query(max_length=320)] = "",
    cursor: Cursor = None,
    told: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The newest first."""
    wanted = search.strip()
    listed = await people.users.page(cursor, ON_A_PAGE, wanted or None)
    return await admin_page(
        request,
        "people.html",
        users=listed.items,
        next_cursor=listed.next_cursor,
        search=wanted,
        told=TOLD.get(told, ""),
        **await _beside(use, staff),
    )


async def _beside(use: Services, staff: Principal) -> dict[str, Any]:
    """What the page shows beside the list. Who is invited is for administrators, as in the API."""
    acts = staff.role is Role.ADMIN
    sent = (await use.people.invitations.page(None, None, _INVITATIONS)).items if acts else []
    erasures = await use.data_protection.erasures.page(None, _ERASURES)
    return {
        "invitations": [one for one in sent if one.accepted_at is None and one.expires_at > utc_now()],
        "erasures": [one for one in erasures.items if one.finished_at is None],
        "role_names": ROLE_NAMES,
        "states": ACCOUNT_STATES,
    }
