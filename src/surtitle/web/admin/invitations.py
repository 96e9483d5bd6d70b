"""Invitations to register, from the page of people."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field

from surtitle.accounts.invitations import InvitationWish
from surtitle.accounts.letters import INVITATION_PAGE
from surtitle.accounts.project_errors import InvitationNotFound
from surtitle.api.access import Administers
from surtitle.api.dependencies import Accounts, Address
from surtitle.web.admin.sections import ADMIN, admin_page
from surtitle.web.forms import FORM_TOKEN, see_other

router = APIRouter(prefix="/admin/invitations", dependencies=[FORM_TOKEN])

_MOST_DAYS = 30


class InvitationForm(BaseModel):
    """Whom to invite; without an e-mail, whoever has the link."""

    email: Annotated[str, Field(max_length=320)] = ""
    days: Annotated[int, Field(ge=1, le=_MOST_DAYS)] = 7


@router.post("")
async def invite(
    form: Annotated[InvitationForm, Form()],
    request: Request,
    people: Accounts,
    admin: Administers,
    address: Address,
) -> Response:
    """Let somebody register. The link is shown this once."""
    email = form.email.strip() or None
    made = await people.invitations.invite(admin, InvitationWish(email=email, days=form.days), address)
    answer = await admin_page(
        request,
        "invited.html",
        link=people.letters.link(INVITATION_PAGE, made.token),
        email=email or "",
        until=made.invitation.expires_at,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.post("/{invitation_id}/revoke")
async def revoke(invitation_id: UUID, people: Accounts, admin: Administers, address: Address) -> Response:
    """Take an open invitation back."""
    try:
        await people.invitations.revoke(admin, None, invitation_id, address)
    except InvitationNotFound:
        return see_other(f"{ADMIN}/people?told=bad-link")
    return see_other(f"{ADMIN}/people?told=revoked")
