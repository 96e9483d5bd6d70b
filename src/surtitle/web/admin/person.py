"""`/app/admin/people/{user_id}`: one person's account, and what an administrator can do about it."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel, Field

from surtitle.accounts.access import Role
from surtitle.accounts.erasure import Mode
from surtitle.accounts.people import People
from surtitle.api.access import Administers, Supports
from surtitle.api.dependencies import Accounts, Address, Use
from surtitle.db.account_models import User
from surtitle.errors import Conflict
from surtitle.web.admin.people import ACCOUNT_STATES, ROLE_NAMES
from surtitle.web.admin.sections import ADMIN, admin_page, person_address
from surtitle.web.catalogues import mark as _
from surtitle.web.forms import FORM_TOKEN, see_other
from surtitle.web.sentences import Refusal

router = APIRouter(prefix="/admin/people/{user_id}", dependencies=[FORM_TOKEN])

# As for the API: a running job stops within a second.
_PATIENCE_SECONDS = 2.0

TOLD = {
    "role": _("The role is changed."),
    "blocked": _("The person is kept out, and signed out everywhere."),
    "active": _("The person can sign in again."),
    "second-factor": _("No code is asked for any more when the person signs in."),
}


@router.get("")
async def show_person(
    *,
    user_id: UUID,
    request: Request,
    people: Accounts,
    staff: Supports,
    told: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The account."""
    user = await people.users.get(user_id)
    return await _shown(request, user, told=TOLD.get(told, ""), themselves=staff.user_id == user_id)


class RoleForm(BaseModel):
    """Another part in the installation."""

    role: Role


@router.post("/role")
async def change_role(
    *,
    user_id: UUID,
    form: Annotated[RoleForm, Form()],
    request: Request,
    people: Accounts,
    admin: Administers,
    address: Address,
) -> Response:
    """The last administrator stays one."""
    try:
        await people.users.set_role(admin, user_id, form.role, address)
    except Conflict as error:
        return await _refused(request, people, user_id, error)
    return see_other(f"{person_address(user_id)}?told=role")


class StateForm(BaseModel):
    """Whether the person can come in."""

    state: Literal["active", "blocked"]


@router.post("/state")
async def change_state(
    *,
    user_id: UUID,
    form: Annotated[StateForm, Form()],
    request: Request,
    people: Accounts,
    admin: Administers,
    address: Address,
) -> Response:
    """Keep a person out, or let them in again."""
    try:
        await people.users.set_blocked(admin, user_id, form.state == "blocked", address)
    except Conflict as error:
        return await _refused(request, people, user_id, error)
    return see_other(f"{person_address(user_id)}?told={form.state}")


@router.post("/second-factor")
async def reset_second_factor(
    user_id: UUID, request: Request, people: Accounts, admin: Administers, address: Address
) -> Response:
    """For a person who has lost both the app and the recovery codes."""
    try:
        await people.own_second_factor.switch_off_for(admin, user_id, address)
    except Conflict as error:
        return await _refused(request, people, user_id, error)
    return see_other(f"{person_address(user_id)}?told=second-factor")


@router.get("/erase")
async def ask_erasure(user_id: UUID, request: Request, people: Accounts, _admin: Administers) -> Response:
    """What goes, and whether that is meant."""
    user = await people.users.get(user_id)
    return await admin_page(request, "erase.html", user=user, mode=Mode.ERASE.value)


class ErasureForm(BaseModel):
    """`sure`: the person's e-mail, typed again."""

    mode: Mode = Mode.ERASE
    sure: Annotated[str, Field(max_length=320)] = ""


@router.post("/erase")
async def erase(
    *,
    user_id: UUID,
    form: Annotated[ErasureForm, Form()],
    request: Request,
    use: Use,
    people: Accounts,
    admin: Administers,
    address: Address,
) -> Response:
    """Erase a person who asked for it. Nobody can bring them back."""
    user = await people.users.get(user_id)
    if form.sure.strip().casefold() != (user.email or "").casefold():
        said = _("Type the person's e-mail as it stands above.")
        return await admin_page(request, "erase.html", refusal=Refusal(said), user=user, mode=form.mode.value)
    erasures = use.data_protection.erasures
    try:
        begun = await erasures.begin(admin, user_id, form.mode, address)
    except Conflict as error:
        return await _refused(request, people, user_id, error)
    ended = await erasures.go_on(begun.id, _PATIENCE_SECONDS)
    if user_id == admin.user_id:
        return see_other("/app/sign-in")
    return see_other(f"{ADMIN}/people?told={'erased' if ended.finished_at else 'erasing'}")


async def _refused(request: Request, people: People, user_id: UUID, error: Conflict) -> Response:
    return await _shown(request, await people.users.get(user_id), refusal=Refusal.of(error))


async def _shown(
    request: Request,
    user: User,
    *,
    refusal: Refusal | None = None,
    told: str = "",
    themselves: bool = False,
) -> Response:
    return await admin_page(
        request,
        "person.html",
        refusal=refusal,
        user=user,
        told=told,
        themselves=themselves,
        role_names=ROLE_NAMES,
        states=ACCOUNT_STATES,
    )
