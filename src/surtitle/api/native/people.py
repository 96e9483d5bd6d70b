"""`/api/admin/users`: everybody's accounts, for those who run the installation."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from surtitle.api.access import Administers, Supports
from surtitle.api.dependencies import Accounts, Address, Cursor, Limit
from surtitle.api.native.account_schemas import UserChanges, UserDocument, UserPage
from surtitle.api.openapi import problems

router = APIRouter(prefix="/api/admin/users", tags=["administration"])

Search = Annotated[
    str | None, Query(max_length=320, description="Part of an e-mail; upper and lower case are the same.")
]


@router.get("", responses=problems(409))
async def list_users(
    people: Accounts, _caller: Supports, search: Search = None, cursor: Cursor = None, limit: Limit = 50
) -> UserPage:
    """All accounts, the newest first."""
    return UserPage.of(await people.users.page(cursor, limit, search))


@router.get("/{user_id}", responses=problems(404, 409))
async def show_user(user_id: UUID, people: Accounts, _caller: Supports) -> UserDocument:
    """One account."""
    return UserDocument.of(await people.users.get(user_id))


@router.patch("/{user_id}", responses=problems(404, 409))
async def change_user(
    user_id: UUID, changes: UserChanges, people: Accounts, caller: Administers, address: Address
) -> UserDocument:
    """Give a person another role, or keep them out. The last administrator stays one."""
    if changes.role is not None:
        await people.users.set_role(caller, user_id, changes.role, address)
    if changes.state is not None:
        await people.users.set_blocked(caller, user_id, changes.state == "blocked", address)
    return UserDocument.of(await people.users.get(user_id))
