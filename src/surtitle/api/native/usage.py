"""What was used, what is left, and credits."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request

from surtitle.accounts.access import Permission, require
from surtitle.accounts.errors import PersonalInstallation
from surtitle.api.access import READS, Administers, Caller, SignedIn
from surtitle.api.client_address import address_of
from surtitle.api.dependencies import Cursor, Limit, Moment, Use
from surtitle.api.native.usage_schemas import (
    CreditMovement,
    CreditPage,
    GrantDocument,
    GrantRequest,
    UsageDocument,
)
from surtitle.api.openapi import problems
from surtitle.usage.reports import Grouping

router = APIRouter(tags=["usage"])

_From = Annotated[
    Moment | None,
    Query(alias="from", description="Left out, the beginning of the month. UTC without a zone."),
]
_To = Annotated[
    Moment | None, Query(alias="to", description="Not within it. Left out, the end of the month of `from`.")
]


@router.get("/api/projects/{project_id}/usage", dependencies=[READS], responses=problems(404))
async def show_project_usage(
    *,
    project_id: UUID,
    use: Use,
    caller: Caller,
    since: _From = None,
    until: _To = None,
    by: Annotated[
        Literal["day", "user"], Query(description="`user` is for those who manage the project.")
    ] = "day",
) -> UsageDocument:
    """What a project used, and what it may still use."""
    if by == "user":
        # How much a colleague works is not for everybody.
        require(caller, project_id, Permission.MANAGE)
    report = await use.usage.of_project(project_id, since, until, Grouping(by))
    return UsageDocument.of(report, await use.usage.left(project_id))


@router.get("/api/users/me/usage", responses=problems(409))
async def show_own_usage(
    use: Use,
    caller: SignedIn,
    since: _From = None,
    until: _To = None,
    by: Literal["day", "project"] = "day",
) -> UsageDocument:
    """What the caller used, in all projects."""
    if caller.user_id is None:
        raise PersonalInstallation
    return UsageDocument.of(await use.usage.of_user(caller.user_id, since, until, Grouping(by)))


@router.get("/api/projects/{project_id}/credits", dependencies=[READS], responses=problems(404))
async def show_credits(project_id: UUID, use: Use, cursor: Cursor = None, limit: Limit = 50) -> CreditPage:
    """A project's balance, and what was granted and used."""
    return CreditPage.of(await use.credits.account(project_id, cursor, limit))


@router.post("/api/admin/projects/{project_id}/credits", status_code=201, responses=problems(404))
async def grant_credits(
    project_id: UUID, wish: GrantRequest, request: Request, use: Use, admin: Administers
) -> GrantDocument:
    """Grant a project credits. One is a minute of sound recognised."""
    entry, balance = await use.credits.grant(admin, project_id, wish.amount, wish.reason, address_of(request))
    return GrantDocument(balance=balance, movement=CreditMovement.of(entry))
