"""`/app/projects/{project_id}/members`: who works in a project, and who is invited."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, BeforeValidator, Field

from surtitle.accounts.access import Permission, ProjectRole, rights
from surtitle.accounts.invitations import MOST_DAYS, InvitationWish
from surtitle.accounts.letter_limits import TooManyLetters
from surtitle.accounts.letters import INVITATION_PAGE
from surtitle.api.access import MANAGES, READS, Caller, SignedIn
from surtitle.api.client_address import public_base
from surtitle.api.dependencies import Accounts, Address, Cursor
from surtitle.clock import utc_now
from surtitle.web.catalogues import mark as _
from surtitle.web.forms import FORM_TOKEN
from surtitle.web.project.frame import (
    REFUSALS,
    ROLE_NAMES,
    ROLES_TOLD,
    Done,
    done_in,
    project_page,
    shown_name,
)
from surtitle.web.sentences import Refusal

router = APIRouter(prefix="/projects/{project_id}/members", dependencies=[FORM_TOKEN])

_ON_A_PAGE = 50
_MOST_INVITATIONS = 200
_DONE = {
    "role": _("The member has another part now."),
    "removed": _("The member is out of the project."),
    "revoked": _("The invitation is taken back."),
}


class RoleForm(BaseModel):
    """A member's part."""

    role: ProjectRole


class InvitationForm(BaseModel):
    """Whom to invite; without an e-mail whoever has the link."""

    email: Annotated[str | None, Field(max_length=320), BeforeValidator(lambda text: text or None)] = None
    role: ProjectRole = ProjectRole.EDITOR
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 7


@router.get("", dependencies=[READS])
async def show_members(
    *,
    project_id: UUID,
    request: Request,
    people: Accounts,
    caller: SignedIn,
    cursor: Cursor = None,
    done: Done = "",
) -> Response:
    """Members, and for those who manage the project the invitations that are open."""
    return await _members(request, people, caller, project_id, cursor=cursor, done=_DONE.get(done, ""))


@router.post("/invite", dependencies=[MANAGES])
async def invite(
    *,
    project_id: UUID,
    form: Annotated[InvitationForm, Form()],
    request: Request,
    people: Accounts,
    caller: Caller,
    address: Address,
) -> Response:
    """Invite somebody; the link is shown this once."""
    wish = InvitationWish(project_id, form.role, form.email, form.days)
    try:
        made = await people.invitations.invite(caller, wish, address)
    except (*REFUSALS, TooManyLetters) as error:
        refusal = Refusal.of(error, "invite")
        return await _members(request, people, caller, project_id, refusal=refusal, form=form)
    link = f"{public_base(request)}/account/{INVITATION_PAGE}#{made.token}"
    return await project_page(request, project_id, "invited.html", link=link, email=form.email)


@router.post("/invitations/{invitation_id}/revoke", dependencies=[MANAGES])
async def revoke_invitation(
    project_id: UUID, invitation_id: UUID, people: Accounts, caller: Caller, address: Address
) -> Response:
    """Take an open invitation back."""
    await people.invitations.revoke(caller, project_id, invitation_id, address)
    return done_in(project_id, "/members", "revoked")


@router.post("/{user_id}/role", dependencies=[MANAGES])
async def set_role(
    *,
    project_id: UUID,
    user_id: UUID,
    form: Annotated[RoleForm, Form()],
    request: Request,
    people: Accounts,
    caller: Caller,
    address: Address,
) -> Response:
    """Give a member another part."""
    try:
        await people.members.set_role(caller, project_id, user_id, form.role, address)
    except REFUSALS as error:
        return await _members(request, people, caller, project_id, refusal=Refusal.of(error, "member"))
    return done_in(project_id, "/members", "role")


@router.post("/{user_id}/remove", dependencies=[MANAGES])
async def remove_member(
    *,
    project_id: UUID,
    user_id: UUID,
    request: Request,
    people: Accounts,
    caller: Caller,
    address: Address,
) -> Response:
    """Take a member out."""
    try:
        await people.members.remove(caller, project_id, user_id, address)
    except REFUSALS as error:
        return await _members(request, people, caller, project_id, refusal=Refusal.of(error, "member"))
    return done_in(project_id, "/members", "removed")


async def _members(
    request: Request,
    people: Accounts,
    caller: Caller,
    project_id: UUID,
    *,
    cursor: str | None = None,
    form: InvitationForm | None = None,
    **shown: Any,
) -> Response:
    listed = await people.members.page(project_id, cursor, _ON_A_PAGE)
    manages = Permission.MANAGE in rights(caller, project_id)
    invited = (await people.invitations.page(project_id, None, _MOST_INVITATIONS)).items if manages else []
    now = utc_now()
    return await project_page(
        request,
        project_id,
        "members.html",
        members=[(one, shown_name(one, with_email=manages)) for one in listed.items],
        next_cursor=listed.next_cursor,
        own_id=caller.user_id,
        open_invitations=[one for one in invited if one.accepted_at is None and one.expires_at > now],
        role_names=ROLE_NAMES,
        roles_told=ROLES_TOLD,
        form=form or InvitationForm(),
        most_days=MOST_DAYS,
        **shown,
    )
