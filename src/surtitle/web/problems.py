"""Errors as pages, in the person's language; and who has to sign in is sent there."""

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from surtitle.accounts.access import RoleNeeded
from surtitle.accounts.errors import PersonalInstallation
from surtitle.api.auditing import Auditing
from surtitle.api.browser_sessions import CSRF_COOKIE
from surtitle.api.problems import status_of
from surtitle.errors import Away, Busy, StorageFull, SurtitleError, Unauthenticated
from surtitle.web.forms import HOME, see_other, sign_in_address
from surtitle.web.pages import page
from surtitle.web.renewal import renewal_address
from surtitle.web.sentences import is_told_exactly, sentence_of, title_of

log = logging.getLogger(__name__)

_READING = frozenset({"GET", "HEAD"})
_TOLD_TO_PROGRAMS = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE})


class NobodySignsIn(PersonalInstallation):
    """Somebody looks for their account where there are none: that is said on a page."""


def install_problem_pages(app: FastAPI) -> None:
    """Make every error of the app's routes a page."""
    app.add_middleware(LastDefence)
    app.add_exception_handler(SurtitleError, _on_our_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(ClientDisconnect, _on_disconnect)


async def problem_page(
    request: Request, status: int, slug: str = "", detail: str = "", wait_seconds: int = 0
) -> Response:
    """The page for one problem. `detail` is the service's own English, shown where ours says less."""
    answer = await page(
        request,
        "problem.html",
        status=status,
        title=title_of(status),
        sentence=sentence_of(slug, status),
        detail="" if is_told_exactly(slug) else detail,
        wait_seconds=wait_seconds,
        reference=getattr(request.state, "request_id", ""),
    )
    if wait_seconds:
        answer.headers["Retry-After"] = str(wait_seconds)
    return answer


class LastDefence:
    """ASGI middleware: what nobody foresaw becomes a page too, if nothing was sent yet."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception:
            if begun:
                # Half a page is out: the server breaks the connection, and writes the log.
                raise
            log.exception("a page failed in a way that nobody foresaw: %s", scope["method"])
            answer = await problem_page(Request(scope, receive), HTTPStatus.INTERNAL_SERVER_ERROR)
            await answer(scope, receive, send)


async def _on_our_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, SurtitleError)
    if isinstance(error, NobodySignsIn):
        return await page(request, "nobody_signs_in.html")
    if isinstance(error, PersonalInstallation):
        # Nobody signs in here: whoever looks for that page is where they want to be.
        return see_other(HOME)
    if isinstance(error, Unauthenticated):
        return _to_sign_in(request)
    auditing: Auditing = request.app.state.auditing
    await auditing.refused(request, error)
    detail = error.message
    if isinstance(error, Away):
        log.warning("%s %s: %s", request.method, request.url.path[:200], detail)
        detail = error.for_callers
    wait = error.retry_after_seconds if isinstance(error, Busy | StorageFull | Away) else 0
    # What is said of a project to look at and not to change is not true of a page for other roles.
    slug = "" if isinstance(error, RoleNeeded) else error.slug
    return await problem_page(request, status_of(error), slug, detail, wait)


def _to_sign_in(request: Request) -> Response:
    """By way of the renewal, where this browser was signed in a while ago."""
    path = request.url.path
    if request.method not in _READING:
        return see_other(sign_in_address(HOME))
    wanted = f"{path}?{request.url.query}" if request.url.query else path
    if request.cookies.get(CSRF_COOKIE):
        return see_other(renewal_address(wanted))
    return see_other(sign_in_address(wanted))


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    in_path = any(fault["loc"][0] == "path" for fault in error.errors())
    # What is no id is an address at which nothing lives.
    return await problem_page(request, HTTPStatus.NOT_FOUND if in_path else HTTPStatus.UNPROCESSABLE_ENTITY)


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    # What is said of these speaks to programs.
    detail = "" if error.status_code in _TOLD_TO_PROGRAMS else str(error.detail)
    return await problem_page(request, error.status_code, detail=detail)


async def _on_disconnect(_request: Request, _error: Exception) -> Response:
    return Response(status_code=HTTPStatus.BAD_REQUEST)
