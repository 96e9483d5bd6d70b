"""From services to the pages: an application of its own below `/app`, with errors that are pages."""

from fastapi import APIRouter, FastAPI, Response
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from surtitle.api.access import PUBLIC
from surtitle.api.auditing import Auditing
from surtitle.web import (
    account_links,
    assets,
    jobs,
    preferences,
    recordings,
    registration,
    renewal,
    sign_in,
    start,
)
from surtitle.web.assets import Assets
from surtitle.web.forms import HOME, see_other
from surtitle.web.pages import Pages
from surtitle.web.problems import install_problem_pages

_ROUTERS = (assets, preferences, sign_in, registration, account_links, start, jobs, recordings)

_root = APIRouter(include_in_schema=False)


@_root.get("/", dependencies=[PUBLIC])
async def first_page() -> Response:
    """People who type the bare address want the pages."""
    return see_other(HOME)


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
    pages.state.pages = Pages(read or Assets.read())
    for module in _ROUTERS:
        pages.include_router(module.router, prefix=HOME)
    pages.include_router(start.with_files, prefix=HOME)
    install_problem_pages(pages)
    for router in (_root, renewal.router, account_links.from_letters):
        app.include_router(router)
    # Innermost: pages too pass all that surrounds the API. A mount would not answer at `/app` itself.
    app.user_middleware.append(Middleware(_Below, pages=pages))
    return pages


class _Below:
    """ASGI middleware: `/app` and what lies below it is the pages'."""

    def __init__(self, app: ASGIApp, pages: ASGIApp) -> None:
        self._app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        below = scope["type"] == "http" and (path == HOME or path.startswith(f"{HOME}/"))
        await (self._pages if below else self._app)(scope, receive, send)
