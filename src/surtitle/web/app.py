"""From services to the pages: an application of its own below `/app`, with errors that are pages."""

from fastapi import APIRouter, FastAPI, Response
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from surtitle.api.access import PUBLIC
from surtitle.api.auditing import Auditing
from surtitle.api.guard import Guard
from surtitle.notifications.unsubscribing import PATH as UNSUBSCRIBE
from surtitle.web import (
    account_links,
    assets,
    editing,
    film_studio,
    films,
    jobs,
    preferences,
    provider_code,
    recording_removal,
    recording_sharing,
    recording_speakers,
    recordings,
    registration,
    renewal,
    revisions,
    search,
    sign_in,
    start,
    unsubscribing,
    voice_clips,
    voices,
)
from surtitle.web.account import PAGES as ACCOUNT_PAGES
from surtitle.web.admin import routes as admin
from surtitle.web.assets import Assets
from surtitle.web.compression import Compressed
from surtitle.web.forms import HOME, see_other
from surtitle.web.pages import Pages
from surtitle.web.problems import install_problem_pages
from surtitle.web.project import PAGES as PROJECT_PAGES
from surtitle.web.refusals import Refusals, accepts_pages

_OF_A_RECORDING = (editing, revisions, recording_speakers, recording_sharing, recording_removal)
_ROUTERS = (
    assets,
    preferences,
    sign_in,
    provider_code,
    registration,
    *ACCOUNT_PAGES,
    account_links,
    unsubscribing,
    start,
    films,
    film_studio,
    jobs,
    recordings,
    *_OF_A_RECORDING,
    *PROJECT_PAGES,
    voice_clips,
    voices,
    search,
    admin,
)

_READING = frozenset({"GET", "HEAD"})
_root = APIRouter(include_in_schema=False)


@_root.get("/", dependencies=[PUBLIC])
async def first_page() -> Response:
    """People who type the bare address want the pages."""
    return see_other(HOME)


@_root.get("/admin/kpis", dependencies=[PUBLIC])
async def earlier_figures() -> Response:
    """Where the Video generator had them."""
    return see_other(f"{HOME}/admin/figures")


def add_pages(app: FastAPI, read: Assets | None = None) -> FastAPI:
    """Put the pages below `/app` of the API's application; returns that of the pages.

    Raises `AssetsMissing`.
    """
    pages = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        # As for the API: traces are the operator's to switch on, with our own names.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
        redirect_slashes=False,
    )
    pages.state.services = app.state.services
    pages.state.auditing = Auditing(app.state.services)
    pages.state.pages = Pages(read or Assets.read(), app.state.services.store.download_origin)
    for module in _ROUTERS:
        pages.include_router(module.router, prefix=HOME)
    pages.include_router(start.with_files, prefix=HOME)
    pages.include_router(film_studio.with_files, prefix=HOME)
    install_problem_pages(pages)
    pages.add_middleware(Compressed)
    for router in (_root, renewal.router, account_links.from_letters):
        app.include_router(router)
    # Innermost: pages too pass all that surrounds the API. A mount would not answer at `/app` itself.
    app.user_middleware.append(Middleware(_Below, pages=pages))
    around: list[object] = [one.cls for one in app.user_middleware]
    app.user_middleware.insert(around.index(Guard), Middleware(Refusals, shown_by=pages))
    return pages


class _Below:
    """ASGI middleware: `/app` and what lies below it is the pages'."""

    def __init__(self, app: ASGIApp, pages: ASGIApp) -> None:
        self._app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        http = scope["type"] == "http"
        below = http and (path == HOME or path.startswith(f"{HOME}/"))
        if http and path == UNSUBSCRIBE and scope["method"] in _READING and accepts_pages(scope):
            # The address in mails is the one that mail programs post to; whoever follows it wants a page.
            query = scope["query_string"].decode("ascii", "replace")
            await see_other(f"{unsubscribing.ADDRESS}?{query}")(scope, receive, send)
            return
        await (self._pages if below else self._app)(scope, receive, send)
