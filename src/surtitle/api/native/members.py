"""`/api/projects/{project_id}/members` and invitations: who works in a project."""

from uuid import UUID

from fastapi import APIRouter, Response

from surtitle.accounts.access import rights
from surtitle.accounts.invitations import InvitationWish
from surtitle.api.access import ADMINISTERS, MANAGES, READS, Administers, Caller, SignedIn
from surtitle.api.dependencies import Address, Cursor, Limit, Use
from surtitle.api.native.project_schemas import (
    AcceptRequest,
    InvitationPage,
    InvitationRequest,
    IssuedInvitation,
    MemberDocument,
    MemberPage,
    ProjectDocument,
    RegistrationInvitationRequest,
    RoleRequest,
)
from surtitle.api.openapi import problems

router = APIRouter(tags=["members"])

_NOT_KEPT = {"Cache-Control": "no-store"}


@router.get("/api/projects/{project_id}/members", dependencies=[READS], responses=problems(404))
async def list_members(
    *,
    project_id: UUID,
    use: Use,
    caller: SignedIn,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> MemberPage:
    """Who works in the project. Only people may see it, no key."""
    return MemberPage.of(await use.people.members.page(project_id, cursor, limit), rights(caller, project_id))


@router.get("/api/projects/{project_id}/members/{user_id}", dependencies=[READS], responses=problems(404))
async def show_member(project_id: UUID, user_id: UUID, use: Use, caller: SignedIn) -> MemberDocument:
    """One member."""
    return MemberDocument.of(await use.people.members.get(project_id, user_id), rights(caller, project_id))


@router.put(
    "/api/projects/{project_id}/members/{user_id}", dependencies=[MANAGES], responses=problems(404, 409)
)
async def set_member_role(
    *,
    project_id: UUID,
    user_id: UUID,
    wish: RoleRequest,
    use: Use,
    caller: Caller,
    address: Address,
) -> MemberDocument:
    """Give a member another part. New members are invited; an administrator may name any person."""
    member = await use.people.members.set_role(caller, project_id, user_id, wish.role, address)
    return MemberDocument.of(member, rights(caller, project_id))


@router.delete(
    "/api/projects/{project_id}/members/{user_id}",
    status_code=204,
    dependencies=[MANAGES],
    responses=problems(404, 409),
)
async def remove_member(project_id: UUID, user_id: UUID, use: Use, caller: Caller, address: Address) -> None:
    """Take a member out of the project. What they made stays."""
    await use.people.members.remove(caller, project_id, user_id, address)


@router.post(
    "/api/projects/{project_id}/invitations",
    status_code=201,
    dependencies=[MANAGES],
    responses=problems(404, 409),
)
async def invite_to_project(
    *,
    project_id: UUID,
    wish: InvitationRequest,
    response: Response,
    use: Use,
    caller: Caller,
    address: Address,
) -> IssuedInvitation:
    """Invite somebody; the answer is the same whether they have an account or not."""
    response.headers.update(_NOT_KEPT)
    invitation = InvitationWish(project_id, wish.role, wish.email, wish.days)
    return IssuedInvitation.of_new(await use.people.invitations.invite(caller, invitation, address))


@router.get("/api/projects/{project_id}/invitations", dependencies=[MANAGES], responses=problems(404))
async def list_project_invitations(
    project_id: UUID, use: Use, cursor: Cursor = None, limit: Limit = 50
) -> InvitationPage:
    """Invitations to the project_id, those that were accepted too."""
    return InvitationPage.of(await use.people.invitations.page(project_id, cursor, limit))


@router.delete(
    "/api/projects/{project_id}/invitations/{invitation_id}",
    status_code=204,
    dependencies=[MANAGES],
    responses=problems(404),
)
async def revoke_project_invitation(
    *,
    project_id: UUID,
    invitation_id: UUID,
    use: Use,
    caller: Caller,
    address: Address,
) -> None:
    """Take an open invitation back."""
    await use.people.invitations.revoke(caller, project_id, invitation_id, address)


@router.post("/api/admin/invitations", status_code=201, responses=problems(409))
async def invite_to_register(
    wish: RegistrationInvitationRequest, response: Response, use: Use, admin: Administers, address: Address
) -> IssuedInvitation:
    """Let somebody register."""
    response.headers.update(_NOT_KEPT)
    invitation = InvitationWish(email=wish.email, days=wish.days)
    return IssuedInvitation.of_new(await use.people.invitations.invite(admin, invitation, address))


@router.get("/api/admin/invitations", dependencies=[ADMINISTERS])
async def list_registration_invitations(use: Use, cursor: Cursor = None, limit: Limit = 50) -> InvitationPage:
    """Invitations to register, those that were accepted too."""
    return InvitationPage.of(await use.people.invitations.page(None, cursor, limit))


@router.delete("/api/admin/invitations/{invitation_id}", status_code=204, responses=problems(404))
async def revoke_registration_invitation(
    invitation_id: UUID, use: Use, admin: Administers, address: Address
) -> None:
    """Take an open invitation back."""
    await use.people.invitations.revoke(admin, None, invitation_id, address)


@router.post("/api/invitations/accept", responses=problems(404, 409))
async def accept_invitation(
    wish: AcceptRequest, use: Use, caller: SignedIn, address: Address
) -> ProjectDocument:
    """Join the project that the invitation is to. Who has no account yet gives it when registering."""
    project_id = await use.people.invitations.accept_signed_in(caller, wish.token, address)
    return ProjectDocument.of(await use.people.projects.get(caller, project_id), frozenset())
