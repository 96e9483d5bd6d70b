"""Who looks at a page, and how they like it: language, theme, time zone."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, get_args
from uuid import UUID

from fastapi import Request
from sqlalchemy.exc import SQLAlchemyError

from surtitle.accounts.access import Permission, Principal, Role, rights
from surtitle.accounts.projects import SeenProject
from surtitle.api.access import caller_of
from surtitle.api.asked_language import asked_language
from surtitle.api.browser_sessions import ACCESS_COOKIE
from surtitle.api.csrf_masking import masked
from surtitle.api.services import Services
from surtitle.errors import SurtitleError
from surtitle.web.catalogues import LANGUAGES
from surtitle.web.formats import Formats
from surtitle.web.navigation import ACCOUNT, ADMINISTRATION, ALL_PROJECTS, Place, place_of_project

LANGUAGE_COOKIE = "surtitle_language"
THEME_COOKIE = "surtitle_theme"

Theme = Literal["system", "light", "dark"]

_UTC = "UTC"
_STAFF = frozenset({Role.SUPPORT, Role.ADMIN})
# Of the menu; all are on a page of their own.
_MOST_PROJECTS = 12


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
    """How old a token is when a page renews its sign-in; 0 where there is none."""
    token_age_seconds: float
    projects: Sequence[SeenProject] = ()
    """Where the caller can work, the one where they do first."""
    project_id: UUID | None = None
    """What the request is about; that where the caller works, if it is about none."""

    @property
    def project(self) -> SeenProject | None:
        """The one that pages are about."""
        wanted = self.caller.default_project if self.caller else None
        return next((one for one in self.projects if one.project.id == wanted), None)

    @property
    def own_places(self) -> list[Place]:
        """What the menu leads to beside the pages of work."""
        caller = self.caller
        if caller is None:
            return []
        found = [place_of_project(caller.default_project)] if caller.default_project else []
        if caller.user_id is not None:
            found += [ALL_PROJECTS, ACCOUNT]
        return [*found, ADMINISTRATION] if caller.role in _STAFF else found

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
    spoken = chosen if chosen in LANGUAGES else _spoken(language) or asked_language(request)
    lasts = use.settings.accounts.access_token_seconds if session_id else 0
    return View(
        path=request.url.path,
        caller=caller,
        personal=use.settings.server.auth == "personal",
        csrf_token=masked(use.people.sessions.csrf_token(session_id)) if session_id else "",
        language=spoken,
        theme=_theme(request),
        formats=Formats.of(spoken, zone),
        renew_seconds=int(lasts * 2 / 3),
        token_age_seconds=await _age_of_token(use, request) if session_id else 0.0,
        projects=await _projects(use, caller),
        project_id=getattr(request.state, "project_id", caller.default_project if caller else None),
    )


async def known_caller(request: Request) -> Principal | None:
    """Whoever asks, if that can be told; nobody where `as_visitor` has said so."""
    if getattr(request.state, "visitor", False):
        return None
    try:
        return await caller_of(request)
    except (SurtitleError, SQLAlchemyError):
        return None


def as_visitor(request: Request) -> None:
    """Show this request nothing that is anybody's, and ask no database who it is."""
    request.state.visitor = True


async def _age_of_token(use: Services, request: Request) -> float:
    """Of the one in the browser's cookie."""
    with suppress(SurtitleError, SQLAlchemyError):
        age = await use.people.sessions.token_age_seconds(request.cookies.get(ACCESS_COOKIE, ""))
        return round(age, 1)
    return 0.0


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


async def _projects(use: Services, caller: Principal | None) -> list[SeenProject]:
    """Those in which the caller can work, the present one first; without names there is no choice."""
    if caller is None:
        return []
    here, listed = caller.default_project, list[SeenProject]()
    with suppress(SurtitleError, SQLAlchemyError):
        listed += (await use.people.projects.page(caller, None, _MOST_PROJECTS)).items
        if here is not None and all(one.project.id != here for one in listed):
            listed.append(await use.people.projects.get(caller, here))
    open_ones = [one for one in listed if one.project.archived_at is None or one.project.id == here]
    return sorted(open_ones, key=lambda one: one.project.id != here)


def _spoken(tag: str | None) -> str | None:
    primary = (tag or "").split("-")[0]
    return primary if primary in LANGUAGES else None


def _theme(request: Request) -> Theme:
    kept = request.cookies.get(THEME_COOKIE, "")
    return next((theme for theme in get_args(Theme) if theme == kept), "system")
