"""OpenAI's own form of an error, for every path below `/v1`."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

_PREFIX = "/v1/"


class ErrorBody(BaseModel):
    """What went wrong. Programs go by `code`, which is stable; people read `message`."""

    message: str
    type: str = Field(description="`invalid_request_error`, `rate_limit_error` or `server_error`.")
    param: str | None = Field(description="The field at fault, where it is one field.")
    code: str | None


class ErrorEnvelope(BaseModel):
    """OpenAI's envelope of an error."""

    error: ErrorBody


class EnvelopeResponse(JSONResponse):
    """Also carries text that UTF-8 cannot (a lone surrogate that a client sent and we quote)."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, separators=(",", ":")).encode("ascii")


def speaks_openai(path: str) -> bool:
    """Whether errors at this path are told in OpenAI's way."""
    return path.startswith(_PREFIX)


def envelope_response(
    status: int,
    slug: str,
    message: str,
    *,
    headers: Mapping[str, str] | None = None,
    faults: list[dict[str, Any]] | None = None,
) -> EnvelopeResponse:
    """The answer for one problem. `faults` are `FieldFault`s as JSON; the first one names the field."""
    status = openai_status(status)
    param = _param(faults[0]) if faults else None
    return EnvelopeResponse(envelope(status, slug, message, param).model_dump(), status, headers=headers)


def envelope(status: int, slug: str, message: str, param: str | None = None) -> ErrorEnvelope:
    """`slug` is the tail of a problem's type; with underscores it is the `code`."""
    body = ErrorBody(message=message, type=_type(status), param=param, code=slug.replace("-", "_"))
    return ErrorEnvelope(error=body)


def openai_status(status: int) -> int:
    """What its clients expect: they make a BadRequestError of a 400, and OpenAI sends no 422."""
    return 400 if status == HTTPStatus.UNPROCESSABLE_ENTITY else status


def _type(status: int) -> str:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "rate_limit_error"
    return "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error"


def _param(fault: Mapping[str, Any]) -> str | None:
    pointer: str | None = fault.get("pointer")
    if pointer is not None:
        # Our own options are nested; in a form every field stands at the top.
        return pointer.rpartition("/")[2]
    return fault.get("parameter")
