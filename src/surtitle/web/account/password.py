"""`/app/account/password`: another password."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from surtitle.api.access import SignedIn
from surtitle.api.dependencies import Address
from surtitle.api.native.account_schemas import Password
from surtitle.errors import SurtitleError
from surtitle.web.account.shared import PASSWORD, OwnPeople, done, refusal_of, section_page
from surtitle.web.forms import FORM_TOKEN

router = APIRouter(prefix="/account", dependencies=[FORM_TOKEN])


class PasswordForm(BaseModel):
    """The present one, and the new one."""

    current: Password
    password: Password


@router.get("/password")
async def show_password(request: Request, caller: SignedIn, people: OwnPeople) -> Response:
    """The form; who has no password yet is told how to get one."""
    user = await people.users.get(caller.user_id)
    return await section_page(request, PASSWORD, "password.html", user=user)


@router.post("/password")
async def change_password(
    form: Annotated[PasswordForm, Form()],
    request: Request,
    caller: SignedIn,
    people: OwnPeople,
    address: Address,
) -> Response:
    """Set it. All other sessions end."""
    present, new = form.current.get_secret_value(), form.password.get_secret_value()
    try:
        await people.own_account.change_password(caller, present, new, address)
    except SurtitleError as error:
        refusal = await refusal_of(request, error)
        user = await people.users.get(caller.user_id)
        return await section_page(request, PASSWORD, "password.html", refusal=refusal, user=user)
    return done(PASSWORD, "password")
