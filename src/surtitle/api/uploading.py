"""From a request's stream to a recording: shared by every surface that takes a form with a file."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from uuid import UUID

from fastapi import Request

from surtitle.db.models import Media
from surtitle.media.multipart import FilePart, Form, receive_multipart
from surtitle.media.service import MediaService

CheckFields = Callable[[Sequence[tuple[str, str]]], None]
"""Raises for fields that cannot be: called before the file comes, and again when all fields are there."""


def take_any(_fields: Sequence[tuple[str, str]]) -> None:
    """For forms whose fields are looked at afterwards."""


async def receive_form(
    request: Request,
    media: MediaService,
    project_id: UUID,
    idempotency_key: str | None = None,
    created_by: UUID | None = None,
) -> Media:
    """The recording in the field `file` of a form, streamed to the store as it arrives."""
    return (await receive_fields(request, media, project_id, idempotency_key, created_by)).result


async def receive_fields(
    request: Request,
    media: MediaService,
    project_id: UUID,
    idempotency_key: str | None = None,
    created_by: UUID | None = None,
    *,
    check: CheckFields = take_any,
    larger_fields: Mapping[str, int] | None = None,
) -> Form[Media]:
    """The same, with the form's other fields. Nothing is kept when `check` raises. `larger_fields`: see
    `receive_multipart`.
    """

    async def keep(part: FilePart) -> Media:
        return await media.receive(
            project_id,
            part.filename,
            _checked(part, check),
            content_length=content_length(request),
            idempotency_key=idempotency_key,
            created_by=created_by,
        )

    return await receive_multipart(
        request.stream(), request.headers.get("content-type"), on_file=keep, larger_fields=larger_fields
    )


async def _checked(part: FilePart, check: CheckFields) -> AsyncIterator[bytes]:
    check(part.fields)
    async for chunk in part.chunks:
        yield chunk
    check(part.fields)


def content_length(request: Request) -> int | None:
    """What the request says of itself; None when it says nothing that can be read."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else None
