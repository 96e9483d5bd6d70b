"""Sessions of browsers: tokens in cookies that no script reads, and a token against CSRF that pages send."""

from dataclasses import replace
from uuid import UUID

from fastapi import Request, Response

from surtitle.accounts.access import Principal, rights
from surtitle.accounts.sessions import SignedIn
from surtitle.api.client_address import is_encrypted
from surtitle.api.csrf_masking import unmasked
from surtitle.api.services import Services

ACCESS_COOKIE = "surtitle_access"
REFRESH_COOKIE = "surtitle_refresh"
CSRF_COOKIE = "surtitle_csrf"
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf"
"""The same token in a form; whoever reads the form puts it into `request.state.csrf_token`."""
REFRESH_PATH = "/api/token"
PROJECT_COOKIE = "surtitle_project"
"""Where the person works in this browser. It counts as their default project does, and opens nothing."""

_YEAR_SECONDS = 365 * 24 * 3600
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


async def caller_by_cookie(request: Request) -> Principal | None:
    """Who is signed in with this browser. Raises `BadToken`; `CsrfRefused` where something is changed and
    the request may be another site's.
    """
    token = request.cookies.get(ACCESS_COOKIE)
    if not token:
        return None
    use: Services = request.app.state.services
    principal = await use.authenticator.by_token(token)
    if request.method not in _SAFE_METHODS and not getattr(request.state, "csrf_in_body", False):
        assert principal.session_id is not None
        use.people.sessions.require_csrf(principal.session_id, _offered(request))
    return _at_work(principal, request.cookies.get(PROJECT_COOKIE, ""))


def _at_work(principal: Principal, wanted: str) -> Principal:
    """The caller in the project that was chosen in this browser, as long as they have rights there and it is
    in use; else where they would be without it.
    """
    try:
        project_id = UUID(wanted)
    except ValueError:
        return principal
    if project_id in principal.archived or not rights(principal, project_id):
        return principal
    return replace(principal, default_project=project_id)


async def refresh_token_of(request: Request) -> str | None:
    """The refresh token in the browser's cookie, once it is clear that a page of ours sent the request.

    Raises `BadRefreshToken`, `CsrfRefused`.
    """
    token = request.cookies.get(REFRESH_COOKIE)
    if not token:
        return None
    use: Services = request.app.state.services
    session_id = await use.people.sessions.session_of(token)
    use.people.sessions.require_csrf(session_id, _offered(request))
    return token


def await_csrf_in_body(request: Request) -> None:
    """The form comes with a file, and its token is read on the way to it: `require_csrf_in_body` must follow,
    before anything of the form is kept.
    """
    request.state.csrf_in_body = True


def require_csrf_in_body(request: Request, caller: Principal, offered: str) -> None:
    """Raises `CsrfRefused` unless `offered` is the token of the caller's session, where they have one."""
    use: Services = request.app.state.services
    if caller.session_id is not None:
        use.people.sessions.require_csrf(caller.session_id, unmasked(offered))


def _offered(request: Request) -> str:
    offered: str = getattr(request.state, "csrf_token", "")
    return unmasked(offered or request.headers.get(CSRF_HEADER, ""))


def hand_over(request: Request, response: Response, signed_in: SignedIn) -> str:
    """Put the tokens into the browser's cookies. Returns the token against CSRF, which is in a third one
    for pages that are opened later.
    """
    use: Services = request.app.state.services
    csrf_token = use.people.sessions.csrf_token(signed_in.session_id)
    secure = _by_tls(request)
    lasts = round(signed_in.refresh_seconds)
    # "lax" lets a link from elsewhere open a page signed in; what changes something needs more (above).
    response.set_cookie(
        ACCESS_COOKIE,
        signed_in.access_token,
        max_age=round(signed_in.access_seconds),
        httponly=True,
        samesite="lax",
        secure=secure,
    )
    response.set_cookie(
        REFRESH_COOKIE,
        signed_in.refresh_token,
        max_age=lasts,
        path=REFRESH_PATH,
        httponly=True,
        samesite="strict",
        secure=secure,
    )
    response.set_cookie(CSRF_COOKIE, csrf_token, max_age=lasts, samesite="strict", secure=secure)
    return csrf_token


def take_back(request: Request, response: Response) -> None:
    """Empty the browser's cookies."""
    secure = _by_tls(request)
    response.delete_cookie(ACCESS_COOKIE, httponly=True, samesite="lax", secure=secure)
    response.delete_cookie(REFRESH_COOKIE, path=REFRESH_PATH, httponly=True, samesite="strict", secure=secure)
    response.delete_cookie(CSRF_COOKIE, samesite="strict", secure=secure)
    response.delete_cookie(PROJECT_COOKIE, httponly=True, samesite="lax", secure=secure)


def work_in(request: Request, response: Response, project_id: UUID) -> None:
    """Have this browser work in the project until it is signed out, or chooses another."""
    response.set_cookie(
        PROJECT_COOKIE,
        str(project_id),
        max_age=_YEAR_SECONDS,
        httponly=True,
        samesite="lax",
        secure=_by_tls(request),
    )


def _by_tls(request: Request) -> bool:
    use: Services = request.app.state.services
    server = use.settings.server
    return (server.public_url or "").startswith("https://") or is_encrypted(
        request.scope, server.trusted_proxies
    )
