"""What the API refuses a browser on its way to a page is told on a page, not as a document for programs."""

import json
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from surtitle.accounts.second_factor import SecondFactorRequired
from surtitle.api.native.openid import CALLBACK
from surtitle.api.native.openid import HERE as OPENID
from surtitle.api.problems import MEDIA_TYPE
from surtitle.notifications.unsubscribing import PATH as UNSUBSCRIBE
from surtitle.web.forms import HOME, see_other
from surtitle.web.problems import problem_page
from surtitle.web.renewal import ADDRESS as RENEWAL
from surtitle.web.view import as_visitor

CODE_PAGE = f"{HOME}/sign-in/code"
"""Where the code of the second factor is asked for after the provider's own sign-in."""

# People are led here by links, and by the provider.
_PASSED_BY = frozenset({"/", CALLBACK, f"{OPENID}/login", RENEWAL, UNSUBSCRIBE})
# Of the document in whose place the page is sent, or meant for programs.
_NOT_KEPT = frozenset({b"content-type", b"content-length", b"www-authenticate"})


class Refusals:
    """ASGI middleware around all that can refuse. It asks no database: whoever floods us is told cheaply."""

    def __init__(self, app: ASGIApp, shown_by: FastAPI) -> None:
        self._app = app
        self._pages = shown_by

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_for_a_person(scope):
            await self._app(scope, receive, send)
            return
        refused: Message | None = None
        document = bytearray()

        async def sent(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and _is_problem(message):
                refused = message
            elif refused is None:
                await send(message)
            elif message["type"] == "http.response.body":
                document.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    answer = await self._told(scope, receive, refused, json.loads(document))
                    await answer(scope, receive, send)

        await self._app(scope, receive, sent)

    async def _told(
        self, scope: Scope, receive: Receive, refused: Message, document: dict[str, Any]
    ) -> Response:
        slug = str(document.get("type", "")).rpartition("/")[2]
        if scope["path"] == CALLBACK and slug == SecondFactorRequired.slug:
            answer: Response = see_other(CODE_PAGE)
        else:
            request = Request({**scope, "app": self._pages, "state": dict(scope.get("state", {}))}, receive)
            as_visitor(request)
            wait = Headers(raw=refused["headers"]).get("retry-after", "")
            answer = await problem_page(
                request,
                refused["status"],
                slug,
                str(document.get("detail", "")),
                int(wait) if wait.isdecimal() else 0,
            )
        known = _NOT_KEPT | {name for name, _ in answer.raw_headers}
        answer.raw_headers.extend(one for one in refused["headers"] if one[0] not in known)
        return answer


def _is_for_a_person(scope: Scope) -> bool:
    path = scope.get("path", "")
    below = path in _PASSED_BY or path == HOME or path.startswith((f"{HOME}/", "/account/"))
    return scope["type"] == "http" and below and accepts_pages(scope)


def accepts_pages(scope: Scope) -> bool:
    """Whether whoever asks would rather have a page: browsers say so, programs and scripts do not."""
    return "text/html" in Headers(scope=scope).get("accept", "")


def _is_problem(message: Message) -> bool:
    told = Headers(raw=message["headers"]).get("content-type", "")
    return message["status"] >= HTTPStatus.BAD_REQUEST and told.startswith(MEDIA_TYPE)
