"""`/app/sign-in`, `/app/sign-out`."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from surtitle.accounts.second_factor import SecondFactorRequired, WrongCode
from surtitle.accounts.sessions import SessionKind
from surtitle.accounts.sign_in import Credentials
from surtitle.api.access import PUBLIC, SignedIn
from surtitle.api.browser_sessions import hand_over, take_back
from surtitle.api.client_address import address_of
from surtitle.api.dependencies import Accounts, Use
from surtitle.api.native.account_schemas import Code, Email, Password
from surtitle.api.native.openid import HERE as OPENID
from surtitle.api.native.sessions import visitor
from surtitle.api.services import Services
from surtitle.errors import SurtitleError
from surtitle.web.catalogues import mark as _
from surtitle.web.forms import FORM_TOKEN, HOME, NextPath, see_other
from surtitle.web.pages import page
from surtitle.web.sentences import Refusal
from surtitle.web.view import known_caller

router = APIRouter(dependencies=[FORM_TOKEN])

_DONE = {
    "registered": _("You are registered. Sign in with your e-mail and your password."),
    "password": _("Your password is set. Sign in with it."),
    "email": _("Thank you: the e-mail is yours."),
    "set-up": _("You administer this installation now. Sign in."),
    "out": _("You are signed out."),
}
"""What was done just before, by the word in the address."""


class SignInForm(BaseModel):
    """What a person types. `code` only where the account asks for one."""

    email: Email
    password: Password
    code: Code = ""


@router.get("/sign-in", dependencies=[PUBLIC])
async def show_sign_in(
    request: Request, use: Use, _people: Accounts, next_path: NextPath, done: str = ""
) -> Response:
    """The form; who is signed in goes on at once."""
    if await known_caller(request) is not None:
        return see_other(next_path)
    return await _form(request, use, next_path, done=_DONE.get(done, ""))


@router.post("/sign-in", dependencies=[PUBLIC])
async def sign_in(
    form: Annotated[SignInForm, Form()], request: Request, use: Use, people: Accounts, next_path: NextPath
) -> Response:
    """Sign this browser in."""
    offered = Credentials(form.email, form.password.get_secret_value(), form.code.strip() or None)
    try:
        signed_in = await people.sign_in.with_password(offered, visitor(request, SessionKind.BROWSER))
    except SurtitleError as error:
        asks = isinstance(error, SecondFactorRequired | WrongCode)
        refusal = Refusal.of(error)
        return await _form(request, use, next_path, refusal=refusal, email=form.email, asks_code=asks)
    answer = see_other(next_path)
    hand_over(request, answer, signed_in)
    return answer


@router.post("/sign-out")
async def sign_out(request: Request, people: Accounts, caller: SignedIn) -> Response:
    """End this browser's session."""
    if caller.session_id is not None:
        await people.sessions.end(caller, caller.session_id, address_of(request))
    answer = see_other(f"{HOME}/sign-in?done=out")
    take_back(request, answer)
    return answer


async def _form(
    request: Request,
    use: Services,
    next_path: str,
    *,
    refusal: Refusal | None = None,
    email: str = "",
    done: str = "",
    asks_code: bool = False,
) -> Response:
    return await page(
        request,
        "sign_in.html",
        refusal=refusal,
        done=done,
        email=email,
        asks_code=asks_code,
        next_path=next_path,
        may_register=use.settings.accounts.registration == "open",
        provider=use.settings.openid.name if use.settings.openid.issuer else None,
        provider_address=f"{OPENID}/login",
    )
