"""`/app/account/export` and `/app/account/erase`: taking everything along, and going for good."""

import unicodedata
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, SecretStr

from surtitle.accounts.access import Principal
from surtitle.accounts.erasure import Mode
from surtitle.accounts.people import People
from surtitle.api.access import PUBLIC, SignedIn
from surtitle.api.browser_sessions import take_back
from surtitle.api.dependencies import Address, Use
from surtitle.api.native.account_schemas import Code, Password
from surtitle.api.native.data_protection import PATIENCE_SECONDS
from surtitle.errors import SurtitleError
from surtitle.web.account.shared import (
    ACCOUNT,
    ERASE,
    EXPORT,
    OwnPeople,
    refusal_of,
    section_page,
)
from surtitle.web.catalogues import catalogue
from surtitle.web.catalogues import mark as _
from surtitle.web.forms import FORM_TOKEN, see_other
from surtitle.web.pages import page
from surtitle.web.sentences import Refusal
from surtitle.web.view import view_of

router = APIRouter(prefix="/account", dependencies=[FORM_TOKEN])

WORD = _("erase")
"""What is typed, in the language of the page, by who means it."""

_ERASED = f"{ACCOUNT}/erased"
_NOT_TYPED = Refusal(_("Type the word first: nothing was erased."))


class EraseForm(BaseModel):
    """Who goes, and that they mean it."""

    word: str = ""
    password: Password = SecretStr("")
    code: Code = ""
    mode: Mode = Mode.ERASE


@router.get("/export")
async def show_export(request: Request, _caller: SignedIn, _people: OwnPeople) -> Response:
    """What is in it, and the link."""
    return await section_page(request, EXPORT, "export.html")


@router.get("/erase")
async def show_erasure(request: Request, caller: SignedIn, people: OwnPeople) -> Response:
    """What goes, and the form."""
    return await _erase_page(request, caller, people)


@router.post("/erase")
async def erase(
    *,
    form: Annotated[EraseForm, Form()],
    request: Request,
    caller: SignedIn,
    use: Use,
    people: OwnPeople,
    address: Address,
) -> Response:
    """Erase the account of whoever asks, and end signed out."""
    if not await _is_typed(request, form.word):
        return await _erase_page(request, caller, people, _NOT_TYPED, form.mode)
    assert caller.user_id is not None
    password = form.password.get_secret_value() or None
    try:
        await people.fresh_proof.require(caller, password, form.code.strip() or None, address)
        begun = await use.data_protection.erasures.begin(caller, caller.user_id, form.mode, address)
    except SurtitleError as error:
        return await _erase_page(request, caller, people, await refusal_of(request, error), form.mode)
    erasure = await use.data_protection.erasures.go_on(begun.id, PATIENCE_SECONDS)
    answer = see_other(_ERASED if erasure.finished_at else f"{_ERASED}?later=1")
    take_back(request, answer)
    return answer


@router.get("/erased", dependencies=[PUBLIC])
async def show_erased(request: Request, later: str = "") -> Response:
    """What happens now. Nobody is known any more who could be told more."""
    return await page(request, "account/erased.html", later=bool(later))


async def _erase_page(
    request: Request,
    caller: Principal,
    people: People,
    refusal: Refusal | None = None,
    mode: Mode = Mode.ERASE,
) -> Response:
    user = await people.users.get(caller.user_id)
    return await section_page(
        request, ERASE, "erase.html", refusal=refusal, user=user, mode=mode.value, word=WORD
    )


async def _is_typed(request: Request, typed: str) -> bool:
    language = (await view_of(request)).language
    return _plain(typed) in {_plain(WORD), _plain(catalogue(language).gettext(WORD))}


def _plain(word: str) -> str:
    return unicodedata.normalize("NFC", word).strip().casefold()
