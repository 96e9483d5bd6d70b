"""Who looks at a page, and how they like it: language, theme, time zone."""

from dataclasses import dataclass
from typing import Literal, get_args

from babel.core import negotiate_locale
from fastapi import Request
from sqlalchemy.exc import SQLAlchemyError

from surtitle.accounts.access import Permission, Principal, rights
from surtitle.api.access import caller_of
from surtitle.api.services import Services
from surtitle.errors import SurtitleError
from surtitle.web.catalogues import LANGUAGES, SOURCE_LANGUAGE
from surtitle.web.formats import Formats

LANGUAGE_COOKIE = "surtitle_language"
THEME_COOKIE = "surtitle_theme"

Theme = Literal["system", "light", "dark"]

_UTC = "UTC"
# Of an Accept-Language header; no browser sends as many.
_MOST_LANGUAGES = 20


@dataclass(frozen=True, slots=True)
class View:
    """What every template may ask about whoever looks. `caller`: None for visitors."""

    path: str
    caller: Principal | None
    personal: bool
    """Whether nobody signs in here."""
    csrf_token: str
    language: str
    theme: Theme
    formats: Formats
    renew_seconds: int
    """After how long a page renews its sign-in; 0 where there is none."""

    @property
    def may_write(self) -> bool:
        """Whether jobs can be started in the caller's project."""
        return self.may(Permission.WRITE)

    def may(self, permission: Permission) -> bool:
        caller = self.caller
        return caller is not None and (
            caller.default_project is not None and permission in rights(caller, caller.default_project)
        )


async def view_of(request: Request) -> View:
    """For any request, also one that failed: what cannot be found out is left at its default."""
    use: Services = request.app.state.services
    caller = await known_caller(request)
    session_id = caller.session_id if caller else None
    language, zone = await _profile(use, caller)
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    spoken = chosen if chosen in LANGUAGES else _spoken(language) or _accepted(request)
    lasts = use.settings.accounts.access_token_seconds if session_id else 0
    return View(
        path=request.url.path,
        caller=caller,
        personal=use.settings.server.auth == "personal",
        csrf_token=use.people.sessions.csrf_token(session_id) if session_id else "",
        language=spoken,
        theme=_theme(request),
        formats=Formats.of(spoken, zone),
        renew_seconds=int(lasts * 2 / 3),
    )


async def known_caller(request: Request) -> Principal | None:
    """Whoever asks, if that can be told."""
    try:
        return await caller_of(request)
    except (SurtitleError, SQLAlchemyError):
        return None


async def _profile(use: Services, caller: Principal | None) -> tuple[str | None, str]:
    """Language and time zone of the caller's default profile."""
    if caller is None or caller.user_id is None:
        return None, _UTC
    try:
        profiles = await use.people.profiles.list(caller)
    except (SurtitleError, SQLAlchemyError):
        return None, _UTC
    default = next((one for one in profiles if one.is_default), None)
    return (default.language, default.time_zone) if default else (None, _UTC)


def _spoken(tag: str | None) -> str | None:
    primary = (tag or "").split("-")[0]
    return primary if primary in LANGUAGES else None


def _accepted(request: Request) -> str:
    wanted = request.headers.get("accept-language", "").split(",")[:_MOST_LANGUAGES]
    # Browsers name them in the order of preference; the weights repeat it.
    tags = [one.split(";")[0].strip() for one in wanted]
    found = negotiate_locale([tag.split("-")[0].lower() for tag in tags if tag], list(LANGUAGES))
    return found or SOURCE_LANGUAGE


def _theme(request: Request) -> Theme:
    kept = request.cookies.get(THEME_COOKIE, "")
    return next((theme for theme in get_args(Theme) if theme == kept), "system")
