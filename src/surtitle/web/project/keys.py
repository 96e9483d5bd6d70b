"""`/app/projects/{project_id}/keys`: what programs work in a project with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field

from surtitle.accounts.access import KEY_SCOPES, Permission
from surtitle.accounts.api_keys import MOST_GRACE_SECONDS, NewKey
from surtitle.api.access import MANAGES, Caller
from surtitle.api.client_address import public_base
from surtitle.api.dependencies import Address, Cursor, Use
from surtitle.api.services import Services
from surtitle.clock import utc_now
from surtitle.db.account_models import ApiKey
from surtitle.web.catalogues import mark as _
from surtitle.web.chosen_days import ChosenDay
from surtitle.web.forms import FORM_TOKEN
from surtitle.web.project.frame import REFUSALS, Done, done_in, project_page
from surtitle.web.sentences import Refusal
from surtitle.web.view import view_of

router = APIRouter(prefix="/projects/{project_id}/keys", dependencies=[FORM_TOKEN, MANAGES])

_ON_A_PAGE = 50
_DONE = {"revoked": _("The key is revoked: it opens nothing any more.")}

SCOPES = {
    Permission.READ: (_("Read"), _("Look at jobs, recordings and texts")),
    Permission.WRITE: (_("Write"), _("Upload, start jobs, correct texts")),
    Permission.DELETE: (_("Delete"), _("Delete jobs, recordings and voices")),
}
GRACES = {
    0: _("At once"),
    3600: _("After an hour"),
    MOST_GRACE_SECONDS: _("After a day"),
}
"""When the old key ends after a new one is made, in seconds."""


class KeyForm(BaseModel):
    """A new key. `expires` is the last day on which it works; None: until it is revoked."""

    name: Annotated[str, Field(max_length=200)] = ""
    scopes: list[Permission] = []
    expires: ChosenDay = None


class RotationForm(BaseModel):
    """How long the old key goes on working."""

    grace_seconds: Annotated[int, Field(ge=0, le=MOST_GRACE_SECONDS)] = 0


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as the list shows it."""

    key: ApiKey
    state: Literal["works", "ended", "revoked"]
    scope_names: list[str]

    @classmethod
    def of(cls, key: ApiKey, now: datetime) -> "KeyRow":
        state: Literal["works", "ended", "revoked"] = "works"
        if key.revoked_at is not None:
            state = "revoked"
        elif key.expires_at is not None and key.expires_at <= now:
            state = "ended"
        return cls(key, state, [name for scope, (name, _told) in SCOPES.items() if scope in key.scopes])


@router.get("")
async def show_keys(
    project_id: UUID, request: Request, use: Use, cursor: Cursor = None, done: Done = ""
) -> Response:
    """The project's keys, those that were revoked too."""
    return await _keys(request, use, project_id, cursor=cursor, done=_DONE.get(done, ""))


@router.post("")
async def create_key(
    *,
    project_id: UUID,
    form: Annotated[KeyForm, Form()],
    request: Request,
    use: Use,
    caller: Caller,
    address: Address,
) -> Response:
    """Make a key, and show it this once."""
    formats = (await view_of(request)).formats
    try:
        made = await use.people.api_keys.create(
            caller,
            project_id,
            form.name,
            scopes=set(form.scopes),
            expires_at=formats.ends(form.expires) if form.expires else None,
            address=address,
        )
    except REFUSALS as error:
        return await _keys(request, use, project_id, refusal=Refusal.of(error, "create"), form=form)
    return await _shown_once(request, project_id, made)


@router.post("/{key_id}/rotate")
async def rotate_key(
    *,
    project_id: UUID,
    key_id: UUID,
    form: Annotated[RotationForm, Form()],
    request: Request,
    use: Use,
    caller: Caller,
    address: Address,
) -> Response:
    """A new key in place of this one."""
    try:
        made = await use.people.api_keys.rotate(
            caller, project_id, key_id, grace_seconds=form.grace_seconds, address=address
        )
    except REFUSALS as error:
        return await _keys(request, use, project_id, refusal=Refusal.of(error, "list"))
    return await _shown_once(request, project_id, made)


@router.post("/{key_id}/revoke")
async def revoke_key(project_id: UUID, key_id: UUID, use: Use, caller: Caller, address: Address) -> Response:
    """It opens nothing from now on."""
    await use.people.api_keys.revoke(caller, project_id, key_id, address)
    return done_in(project_id, "/keys", "revoked")


async def _shown_once(request: Request, project_id: UUID, made: NewKey) -> Response:
    return await project_page(
        request, project_id, "key_made.html", name=made.row.name, key=made.key, server=public_base(request)
    )


async def _keys(
    request: Request,
    use: Services,
    project_id: UUID,
    *,
    cursor: str | None = None,
    form: KeyForm | None = None,
    **shown: Any,
) -> Response:
    listed = await use.people.api_keys.page(project_id, cursor, _ON_A_PAGE)
    now = utc_now()
    return await project_page(
        request,
        project_id,
        "keys.html",
        rows=[KeyRow.of(key, now) for key in listed.items],
        next_cursor=listed.next_cursor,
        scopes=SCOPES,
        graces=GRACES,
        form=form or KeyForm(scopes=sorted(KEY_SCOPES)),
        **shown,
    )
