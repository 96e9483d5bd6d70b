"""`/app/account/identities`: who one is at the provider: connect, disconnect."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, SecretStr

from surtitle.accounts.access import Principal
from surtitle.accounts.people import People
from surtitle.api.access import SignedIn
from surtitle.api.client_address import public_base
from surtitle.api.dependencies import Address, Use
from surtitle.api.native.account_schemas import Password
from surtitle.api.native.openid import CALLBACK, keeping
from surtitle.api.services import Services
from surtitle.errors import SurtitleError
from surtitle.web.account.shared import IDENTITIES, OwnPeople, done, refusal_of, section_page
from surtitle.web.forms import FORM_TOKEN
from surtitle.web.pages import page
from surtitle.web.sentences import Refusal

router = APIRouter(prefix="/account/identities", dependencies=[FORM_TOKEN])


class ConnectForm(BaseModel):
    """The present password, of accounts that have one."""

    password: Password = SecretStr("")


@router.get("")
async def list_identities(request: Request, caller: SignedIn, use: Use, people: OwnPeople) -> Response:
    """Whom one can sign in as."""
    return await _page(request, caller, use, people)


@router.post("")
async def connect(
    *,
    form: Annotated[ConnectForm, Form()],
    request: Request,
    caller: SignedIn,
    use: Use,
    people: OwnPeople,
    address: Address,
) -> Response:
    """Go to the provider by way of a page: a form's answer must not lead elsewhere (`form-action 'self'`)."""
    back = f"{IDENTITIES.address}?done=connected"
    try:
        begun = await people.openid.begin_link(
            caller, form.password.get_secret_value(), public_base(request) + CALLBACK, back, address
        )
    except SurtitleError as error:
        return await _page(request, caller, use, people, await refusal_of(request, error))
    name = use.settings.openid.name
    answer = await page(request, "account/to_provider.html", provider=name, address=begun.url)
    return keeping(request, answer, begun)


@router.post("/{identity_id}/disconnect")
async def disconnect(
    *, identity_id: str, request: Request, caller: SignedIn, use: Use, people: OwnPeople, address: Address
) -> Response:
    """Sign in so no more."""
    try:
        await people.identities.unlink(caller, identity_id, address)
    except SurtitleError as error:
        return await _page(request, caller, use, people, await refusal_of(request, error))
    return done(IDENTITIES, "disconnected")


async def _page(
    request: Request, caller: Principal, use: Services, people: People, refusal: Refusal | None = None
) -> Response:
    return await section_page(
        request,
        IDENTITIES,
        "identities.html",
        refusal=refusal,
        identities=await people.identities.of(caller),
        provider=use.settings.openid.name if use.settings.openid.issuer else "",
        user=await people.users.get(caller.user_id),
    )
