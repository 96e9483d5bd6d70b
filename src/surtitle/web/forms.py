"""Forms: the token against CSRF that each carries, where one goes afterwards, and what is answered."""

import hashlib
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Query, Request
from fastapi.responses import RedirectResponse
from pydantic import Field

from surtitle.api.browser_sessions import CSRF_FIELD
from surtitle.domain.web_addresses import is_local_path

HOME = "/app"

_URLENCODED = "application/x-www-form-urlencoded"


async def take_csrf_token(request: Request) -> None:
    """Have the form's token count as the header would: without JavaScript no form sends headers."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != _URLENCODED:
        return
    offered = (await request.form()).get(CSRF_FIELD)
    if isinstance(offered, str):
        request.state.csrf_token = offered


FORM_TOKEN = Depends(take_csrf_token)
"""Of every router with forms; it comes before what asks who the caller is."""


FormKey = Annotated[str, Field(max_length=64)]
"""What a page gives a form whose work is to be done once; another each time the page is loaded."""


def once(key: str, *asked: object) -> str | None:
    """The key of what a form asks for: sent twice it is done once, and twice when it was changed in between.

    None without a key: then each is done.
    """
    return hashlib.sha256(repr((key, asked)).encode()).hexdigest() if key else None


def see_other(path: str) -> RedirectResponse:
    """After a form: to a page that can be loaded again without sending the form again."""
    return RedirectResponse(path, status_code=303)


def local(path: str) -> str:
    """`path` if it is one of this server, else the first page: nobody is sent elsewhere by a link."""
    return path if is_local_path(path) else HOME


def sign_in_address(next_path: str) -> str:
    return f"{HOME}/sign-in?next={quote(local(next_path))}"


async def _next_path(next_path: Annotated[str, Query(alias="next", max_length=500)] = HOME) -> str:
    return local(next_path)


NextPath = Annotated[str, Depends(_next_path)]
"""Where to go in the end, from the query."""
