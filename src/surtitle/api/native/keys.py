"""`/api/projects/{project_id}/keys`: what programs work in a project with."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from surtitle.accounts.api_keys import MOST_GRACE_SECONDS
from surtitle.api.access import MANAGES, Caller
from surtitle.api.dependencies import Address, Cursor, Limit, Use
from surtitle.api.native.project_schemas import IssuedKey, KeyPage, KeyRequest
from surtitle.api.openapi import problems

router = APIRouter(tags=["keys"])

_NOT_KEPT = {"Cache-Control": "no-store"}

Grace = Annotated[
    int, Query(ge=0, le=MOST_GRACE_SECONDS, description="How long the old key works beside the new one.")
]


@router.post(
    "/api/projects/{project_id}/keys", status_code=201, dependencies=[MANAGES], responses=problems(404, 409)
)
async def create_key(
    *,
    project_id: UUID,
    wish: KeyRequest,
    response: Response,
    use: Use,
    caller: Caller,
    address: Address,
) -> IssuedKey:
    """Make a key. It is shown in this answer and nowhere else."""
    response.headers.update(_NOT_KEPT)
    made = await use.people.api_keys.create(
        caller, project_id, wish.name, scopes=wish.scopes, expires_at=wish.expires_at, address=address
    )
    return IssuedKey.of_new(made)


@router.get("/api/projects/{project_id}/keys", dependencies=[MANAGES], responses=problems(404))
async def list_keys(project_id: UUID, use: Use, cursor: Cursor = None, limit: Limit = 50) -> KeyPage:
    """The project's keys, those that were revoked too."""
    return KeyPage.of(await use.people.api_keys.page(project_id, cursor, limit))


@router.delete(
    "/api/projects/{project_id}/keys/{key_id}",
    status_code=204,
    dependencies=[MANAGES],
    responses=problems(404),
)
async def revoke_key(project_id: UUID, key_id: UUID, use: Use, caller: Caller, address: Address) -> None:
    """Revoke a key: it opens nothing from now on."""
    await use.people.api_keys.revoke(caller, project_id, key_id, address)


@router.post(
    "/api/projects/{project_id}/keys/{key_id}/rotate",
    status_code=201,
    dependencies=[MANAGES],
    responses=problems(404, 409),
)
async def rotate_key(
    *,
    project_id: UUID,
    key_id: UUID,
    response: Response,
    use: Use,
    caller: Caller,
    address: Address,
    grace_seconds: Grace = 0,
) -> IssuedKey:
    """A new key of the same name, scopes and length of life. The old one ends after the grace."""
    response.headers.update(_NOT_KEPT)
    return IssuedKey.of_new(
        await use.people.api_keys.rotate(
            caller, project_id, key_id, grace_seconds=grace_seconds, address=address
        )
    )
