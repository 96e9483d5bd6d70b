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
from surtitle.api.problems import status_of
from surtitle.errors import SurtitleError
from surtitle.web.forms import HOME, local, see_other
from surtitle.web.pages import page
from surtitle.web.sentences import sentence_of

router = APIRouter()


class CodeForm(BaseModel):
    """Six digits, or a recovery code."""

    code: Code


@router.get("/sign-in/code", dependencies=[PUBLIC])
async def show_form(request: Request, _people: Accounts, awaiting: Awaiting = "") -> Response:
    """The form; who is awaited by nobody begins at the beginning."""
    if not awaiting:
        return see_other(f"{HOME}/sign-in")
    return await page(request, "provider_code.html", error="")


@router.post("/sign-in/code", dependencies=[PUBLIC])
async def finish(
    form: Annotated[CodeForm, Form()], request: Request, people: Accounts, awaiting: Awaiting = ""
) -> Response:
    """Sign this browser in."""
    came = visitor(request, SessionKind.BROWSER)
    try:
        arrived = await people.openid.finish_with_code(awaiting, form.code, came)
    except SurtitleError as error:
        status = status_of(error)
        said = sentence_of(error.slug, status)
        return await page(request, "provider_code.html", status=status, error=said)
    assert arrived.signed_in is not None
    answer = see_other(local(arrived.next_path))
    hand_over(request, answer, arrived.signed_in)
    answer.delete_cookie(AWAITING_COOKIE)
    return answer
