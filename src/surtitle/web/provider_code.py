"""`/app/sign-in/code`: the code of the second factor, of somebody whom the provider has sent back."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from surtitle.accounts.sessions import SessionKind
from surtitle.api.access import PUBLIC
from surtitle.api.browser_sessions import hand_over
from surtitle.api.dependencies import Accounts
from surtitle.api.native.account_schemas import Code
from surtitle.api.native.openid import AWAITING_COOKIE, Awaiting
from surtitle.api.native.sessions import visitor
from surtitle.errors import SurtitleError
from surtitle.web.forms import HOME, local, see_other
from surtitle.web.pages import page
from surtitle.web.sentences import Refusal

router = APIRouter()


class CodeForm(BaseModel):
    """Six digits, or a recovery code."""

    code: Code


@router.get("/sign-in/code", dependencies=[PUBLIC])
async def show_form(request: Request, _people: Accounts, awaiting: Awaiting = "") -> Response:
    """The form; who is awaited by nobody begins at the beginning."""
    if not awaiting:
        return see_other(f"{HOME}/sign-in")
    return await page(request, "provider_code.html")


@router.post("/sign-in/code", dependencies=[PUBLIC])
async def finish(
    form: Annotated[CodeForm, Form()], request: Request, people: Accounts, awaiting: Awaiting = ""
) -> Response:
    """Sign this browser in."""
    came = visitor(request, SessionKind.BROWSER)
    try:
        arrived = await people.openid.finish_with_code(awaiting, form.code, came)
    except SurtitleError as error:
        return await page(request, "provider_code.html", refusal=Refusal.of(error))
    assert arrived.signed_in is not None
    answer = see_other(local(arrived.next_path))
    hand_over(request, answer, arrived.signed_in)
    answer.delete_cookie(AWAITING_COOKIE)
    return answer
