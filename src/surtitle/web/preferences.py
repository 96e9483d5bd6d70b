"""`POST /app/preferences`: the language and the theme of this browser."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field

from surtitle.api.access import PUBLIC
from surtitle.api.client_address import public_base
from surtitle.web.catalogues import LANGUAGES
from surtitle.web.forms import local, see_other
from surtitle.web.view import LANGUAGE_COOKIE, THEME_COOKIE, Theme

router = APIRouter()

_YEAR_SECONDS = 365 * 24 * 3600


class Preferences(BaseModel):
    """What is left out stays."""

    language: Literal["en", "fr", "es"] | None = None
    theme: Theme | None = None
    next: str = Field("", max_length=500)


@router.post("/preferences", dependencies=[PUBLIC])
async def set_preferences(wish: Annotated[Preferences, Form()], request: Request) -> Response:
    """Keep them in cookies, and go back to the page."""
    answer = see_other(local(wish.next))
    if wish.language is not None:
        remember(request, answer, LANGUAGE_COOKIE, wish.language)
    if wish.theme is not None:
        remember(request, answer, THEME_COOKIE, wish.theme)
    return answer


def remember(request: Request, answer: Response, name: str, value: str) -> None:
    """For a year, in this browser. It is read by the server alone."""
    secure = public_base(request).startswith("https://")
    answer.set_cookie(name, value, max_age=_YEAR_SECONDS, httponly=True, samesite="lax", secure=secure)


assert set(LANGUAGES) == {"en", "fr", "es"}, "the form takes what the catalogues have"
