"""Every error as an RFC 9457 problem document: one place where kinds of failure become HTTP."""

import inspect
import json
import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from surtitle.accounts.links import LinkExpired
from surtitle.api.auditing import Auditing
from surtitle.api.invalid_requests import FieldFault, describe_faults
from surtitle.api.logged_path import logged_path
from surtitle.api.openai.envelope import envelope_response, speaks_openai
from surtitle.errors import (
    Away,
    Busy,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    QuotaExceeded,
    StorageFull,
    SurtitleError,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from surtitle.media.errors import ChecksumMismatch, MalformedUpload, UploadExpired, UploadLocked

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
CHECKSUM_MISMATCH = 460  # the tus protocol's own number

_STATUS_OF_KIND: dict[type[SurtitleError], int] = {
    Invalid: 422,
    NotFound: 404,
    Conflict: 409,
    Forbidden: 403,
    Unauthenticated: 401,
    QuotaExceeded: 402,
    TooLarge: 413,
    Busy: 429,
    StorageFull: 507,
    Unavailable: 503,
    # Five that say more than their kind.
    MalformedUpload: 400,
    UploadExpired: 410,
    LinkExpired: 410,
    UploadLocked: 423,
    ChecksumMismatch: CHECKSUM_MISMATCH,
    SurtitleError: 500,
}

# Problems that arise before any service is asked.
_OF_THE_SURFACE = {
    "invalid-request": "A parameter or the body is not what this route takes; `errors` says where.",
    "malformed-json": "The body is not JSON.",
    "unsupported-media-type": "The body is not of a type that this route reads.",
    "bad-request": "The request cannot be read.",
    "no-such-route": "Nothing lives at this path; /docs lists what there is.",
    "method-not-allowed": "The path exists and takes other methods; `Allow` names them.",
    "unsupported-protocol-version": "The server speaks another version of the upload protocol.",
    "range-not-satisfiable": "The range begins after the end of the file; `Content-Range` tells its size.",
    "body-too-slow": "The body stopped coming, or came too slowly.",
    "headers-too-slow": "The request's headers took too long to come.",
    "rate-limit-exceeded": "Too many requests came in a minute; `Retry-After` says when there is room again.",
    "header-too-large": "The request line with its headers is too long, or there are too many headers.",
    "too-many-connections": "Too many connections are open, from this address or in all.",
    "foreign-host": "The Host header names a host that this installation does not answer for.",
    "foreign-origin": "The request was sent by a page of another site.",
    "not-ready": "A part that work needs is missing or away; `checks` says which.",
    "internal": "Something failed that should not. The log has the details under the `reference`.",
    "poison": "Many workers were lost while they ran this job, so it is not tried again.",
}
_SLUG_OF_STATUS = {
    400: "bad-request",
    404: "no-such-route",
    405: "method-not-allowed",
    408: "body-too-slow",
    412: "unsupported-protocol-version",
    413: TooLarge.slug,
    415: "unsupported-media-type",
    416: "range-not-satisfiable",
}


class Problem(BaseModel):
    """What went wrong (RFC 9457). `type` is stable: programs go by it, people read `detail`."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "type": "/problems/job-not-found",
                "title": "Job not found",
                "status": 404,
                "detail": "There is no job 0190…; `GET /api/jobs` lists those that exist.",
                "instance": "/api/jobs/0190…",
                "reference": "3f1c9f0e5a7b4d1f",
            }
        },
    )

    type: str = Field(description="A link to an explanation; stable for each kind of problem.")
    title: str
    status: int
    detail: str = Field(description="What happened, to what, and what to do next.")
    instance: str = Field(description="The path that was asked for.")
    reference: str = Field(description="The request's id, as in the `X-Request-ID` header and the log.")
    errors: list[FieldFault] | None = Field(None, description="Where the request is at fault.")


class ProblemResponse(JSONResponse):
    """Also carries text that UTF-8 cannot (a lone surrogate that a client sent and we quote)."""

    media_type = MEDIA_TYPE

    def render(self, content: Any) -> bytes:
        return json.dumps(content, default=str, separators=(",", ":")).encode("ascii")


def problem_response(
    scope: Mapping[str, Any],
    status: int,
    slug: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> JSONResponse:
    """The answer for one problem; `members` are added to the document.

    Below `/v1` it is OpenAI's own envelope instead.
    """
    if speaks_openai(scope["path"]):
        return envelope_response(status, slug, detail, headers=headers, faults=members.get("errors"))
    document = {
        **members,
        "type": f"/problems/{slug}",
        "title": slug.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail,
        "instance": scope["path"][:200],
        "reference": scope.get("state", {}).get("request_id", ""),
    }
    return ProblemResponse(document, status, headers=headers)


def status_of(error: SurtitleError) -> int:
    """The HTTP status of an error, by its own class or the nearest kind that it derives from."""
    return _status_of_kind(type(error))


def _status_of_kind(kind: type[SurtitleError]) -> int:
    return next(_STATUS_OF_KIND[base] for base in kind.__mro__ if base in _STATUS_OF_KIND)


def status_of_slug(slug: str) -> int:
    """The HTTP status of an error of which only the slug was kept; 500 for one that nobody knows."""
    found = (kind for kind in _kinds(SurtitleError) if kind.slug == slug)
    return next((_status_of_kind(kind) for kind in found), HTTPStatus.INTERNAL_SERVER_ERROR)


def explanations() -> dict[str, str]:
    """A sentence for every `type` that can occur, by slug."""
    known = dict(_OF_THE_SURFACE)
    for kind in _kinds(SurtitleError):
        known.setdefault(kind.slug, (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " "))
    return dict(sorted(known.items()))


def _kinds(base: type[SurtitleError]) -> Iterator[type[SurtitleError]]:
    yield base
    for kind in base.__subclasses__():
        yield from _kinds(kind)


def install_handlers(app: FastAPI) -> None:
    """Make every error of the app's routes a problem document."""
    app.add_exception_handler(SurtitleError, _on_our_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(ClientDisconnect, _on_disconnect)


async def _on_our_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, SurtitleError)
    auditing: Auditing | None = getattr(request.app.state, "auditing", None)
    if auditing is not None:
        await auditing.refused(request, error)
    members = dict(error.fields)
    if isinstance(field := members.pop("field", None), str):
        fault = FieldFault.at(field, error.message, in_body=request.method not in {"GET", "HEAD"})
        members["errors"] = [fault.model_dump(exclude_none=True)]
    headers = None
    if isinstance(error, Busy | StorageFull | Away):
        headers = {"Retry-After": str(error.retry_after_seconds)}
    elif isinstance(error, Unauthenticated):
        headers = {"WWW-Authenticate": "Bearer"}
    detail = error.message
    if isinstance(error, Away):
        log.warning("%s %s: %s", request.method, logged_path(request.scope), detail)
        detail = error.for_callers
    return problem_response(request.scope, status_of(error), error.slug, detail, headers=headers, **members)


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = error.errors()
    first = faults[0]
    if first["type"] == "json_invalid":
        where = f"{first['ctx']['error']} at character {first['loc'][-1]}"
        return problem_response(
            request.scope, 400, "malformed-json", f"The body is not JSON: {where}. Mend it and send it again."
        )
    if first["type"] == "model_attributes_type" and "json" not in request.headers.get("content-type", ""):
        return problem_response(
            request.scope,
            415,
            "unsupported-media-type",
            "This route reads JSON. Send a JSON object with the header `Content-Type: application/json`.",
        )
    described = describe_faults(faults)
    detail = "; ".join(fault.sentence for fault in described)
    return problem_response(
        request.scope,
        422,
        "invalid-request",
        f"The request is not what this route takes: {detail}.",
        errors=[fault.model_dump(exclude_none=True) for fault in described],
    )


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status, headers = error.status_code, dict(error.headers or {})
    if status in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
        return Response(status_code=status, headers=headers)
    detail = error.detail
    if status == HTTPStatus.NOT_FOUND:
        detail = "Nothing lives at this path. /docs lists what there is."
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(_methods_at(request)))
        detail = f"{request.method} does not work here; this path takes {headers['Allow']}."
    return problem_response(
        request.scope, status, _SLUG_OF_STATUS.get(status, "bad-request"), detail, headers=headers
    )


async def _on_disconnect(_request: Request, _error: Exception) -> Response:
    # Nobody is there to read it; the access log shows a request that was cut short.
    return Response(status_code=HTTPStatus.BAD_REQUEST)


def _methods_at(request: Request) -> set[str]:
    """Every method that some route takes at this path: the router itself names only one route's."""
    path = request.url.path
    parameters_and_methods = [
        ((route.path or "").count("{"), route.methods or set())
        for route in iter_route_contexts(request.app.routes)
        if (pattern := getattr(route, "path_regex", None)) is not None and pattern.match(path)
    ]
    # What is written out further is a resource of its own, also where it could be another's id.
    fewest = min((count for count, _ in parameters_and_methods), default=0)
    return {method for count, methods in parameters_and_methods if count == fewest for method in methods}
