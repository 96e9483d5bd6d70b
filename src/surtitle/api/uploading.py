"""From a request's stream to a recording: shared by every surface that takes a form with a file."""

from uuid import UUID

from fastapi import Request

from surtitle.db.models import Media
from surtitle.media.multipart import FilePart, Form, receive_multipart
from surtitle.media.service import MediaService


async def receive_form(
    request: Request, media: MediaService, project_id: UUID, idempotency_key: str | None = None
) -> Media:
    """The recording in the field `file` of a form, streamed to the store as it arrives."""
    return (await receive_fields(request, media, project_id, idempotency_key)).result


async def receive_fields(
    request: Request, media: MediaService, project_id: UUID, idempotency_key: str | None = None
) -> Form[Media]:
    """The same, with the form's other fields."""

    async def keep(part: FilePart) -> Media:
        return await media.receive(
            project_id,
            part.filename,
            part.chunks,
            content_length=content_length(request),
            idempotency_key=idempotency_key,
        )

    return await receive_multipart(request.stream(), request.headers.get("content-type"), on_file=keep)


def content_length(request: Request) -> int | None:
    """What the request says of itself; None when it says nothing that can be read."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else None
