"""`/app/account/second-factor`: codes of an app at sign-in: begin, confirm, new recovery codes, turn off."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, StringConstraints

from surtitle.accounts.access import Principal
from surtitle.accounts.own_second_factor import Enrolment, Proof
from surtitle.accounts.people import People
from surtitle.api.access import SignedIn
from surtitle.api.dependencies import Address
from surtitle.api.native.account_schemas import Code, Password
from surtitle.errors import SurtitleError
from surtitle.web.account.shared import SECOND_FACTOR, OwnPeople, done, refusal_of, section_page
from surtitle.web.forms import FORM_TOKEN
from surtitle.web.qr_codes import qr_code
from surtitle.web.sentences import Refusal

router = APIRouter(prefix="/account/second-factor", dependencies=[FORM_TOKEN])

_GROUP = 4


class BeginForm(BaseModel):
    """The password, before the secret is shown."""

    password: Password


class ConfirmForm(BaseModel):
    """The app's first code. The secret comes along, to be shown once more if the code is wrong."""

    code: Code
    secret: Annotated[str, StringConstraints(pattern=r"^[A-Z2-7]{16,64}$")]


class ChangeForm(BaseModel):
    """Password and code, and what is to be done."""

    password: Password
    code: Code
    do: Literal["renew", "off"]

    def proof(self) -> Proof:
        return Proof(self.password.get_secret_value(), self.code)


@router.get("")
async def show_second_factor(request: Request, caller: SignedIn, people: OwnPeople) -> Response:
    """Whether it is on, and what can be done."""
    return await _state_page(request, caller, people)


@router.post("/begin")
async def begin(
    form: Annotated[BeginForm, Form()],
    request: Request,
    caller: SignedIn,
    people: OwnPeople,
    address: Address,
) -> Response:
    """Show a fresh secret for the app."""
    try:
        begun = await people.own_second_factor.begin(caller, form.password.get_secret_value(), address)
    except SurtitleError as error:
        return await _state_page(request, caller, people, await refusal_of(request, error))
    return await _enrolment_page(request, begun)


@router.post("/confirm")
async def confirm(
    form: Annotated[ConfirmForm, Form()],
    request: Request,
    caller: SignedIn,
    people: OwnPeople,
    address: Address,
) -> Response:
    """Turn it on, with a code that shows that the app has the secret."""
    try:
        codes = await people.own_second_factor.confirm(caller, form.code, address)
    except SurtitleError as error:
        user = await people.users.get(caller.user_id)
        again = Enrolment.of(form.secret, user.email or str(user.id))
        return await _enrolment_page(request, again, await refusal_of(request, error))
    return await _codes_page(request, codes, switched_on=True)


@router.post("")
async def change(
    form: Annotated[ChangeForm, Form()],
    request: Request,
    caller: SignedIn,
    people: OwnPeople,
    address: Address,
) -> Response:
    """New recovery codes, or none and no second factor any more."""
    mine = people.own_second_factor
    try:
        if form.do == "renew":
            codes = await mine.renew_recovery_codes(caller, form.proof(), address)
            return await _codes_page(request, codes, switched_on=False)
        await mine.switch_off(caller, form.proof(), address)
    except SurtitleError as error:
        return await _state_page(request, caller, people, await refusal_of(request, error))
    return done(SECOND_FACTOR, "second-factor-off")


async def _state_page(
    request: Request, caller: Principal, people: People, refusal: Refusal | None = None
) -> Response:
    state = await people.own_second_factor.state(caller)
    user = await people.users.get(caller.user_id)
    return await _page(request, "second_factor.html", refusal, state=state, user=user)


async def _enrolment_page(request: Request, begun: Enrolment, refusal: Refusal | None = None) -> Response:
    groups = [begun.secret[at : at + _GROUP] for at in range(0, len(begun.secret), _GROUP)]
    return await _page(
        request,
        "second_factor_begun.html",
        refusal,
        secret=begun.secret,
        groups=groups,
        uri=begun.uri,
        code=qr_code(begun.uri),
    )


async def _codes_page(request: Request, codes: Sequence[str], *, switched_on: bool) -> Response:
    return await _page(request, "recovery_codes.html", codes=codes, switched_on=switched_on)


async def _page(request: Request, template: str, refusal: Refusal | None = None, **content: Any) -> Response:
    return await section_page(request, SECOND_FACTOR, template, refusal=refusal, **content)
