"""`/api/media`: recordings in, listed, looked at, out."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from surtitle.api.dependencies import Cursor, IdempotencyKey, Limit, Project, Use
from surtitle.api.downloads import send_file
from surtitle.api.native.schemas import MediaDocument, MediaPage
from surtitle.api.openapi import file_answer, multipart_upload, problems
from surtitle.api.uploading import receive_form
from surtitle.pipelines.results import ResultFile

router = APIRouter(tags=["media"])

_SHOWN_BY_BROWSERS = ("audio/", "video/")


@router.post(
    "/api/media",
    status_code=201,
    responses=problems(409, 422, 507),
    openapi_extra=multipart_upload(),
)
async def upload_recording(
    request: Request, response: Response, use: Use, project: Project, idempotency_key: IdempotencyKey = None
) -> MediaDocument:
    """Bring a recording in, in one go. For large files or shaky lines there is `/api/uploads`."""
    media = await receive_form(request, use.media, project, idempotency_key)
    response.headers["Location"] = f"/api/media/{media.id}"
    return MediaDocument.of(media)


@router.get("/api/media")
async def list_recordings(use: Use, project: Project, cursor: Cursor = None, limit: Limit = 50) -> MediaPage:
    """Recordings, the newest first."""
    return MediaPage.of(await use.media.list(project, cursor, limit))


@router.get("/api/media/{media_id}", responses=problems(404))
async def show_recording(media_id: UUID, use: Use, project: Project) -> MediaDocument:
    """One recording and its tracks."""
    return MediaDocument.of(await use.media.get(project, media_id))


@router.delete("/api/media/{media_id}", status_code=204, responses=problems(404, 409))
async def delete_recording(media_id: UUID, use: Use, project: Project) -> None:
    """Delete a recording. One that a job uses stays: delete that job first."""
    await use.media.delete(project, media_id)


@router.get(
    "/api/media/{media_id}/peaks",
    response_class=Response,
    responses={
        200: {
            "description": "The waveform, as BBC audiowaveform writes it (version 2).",
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
        **problems(404),
    },
)
async def show_peaks(media_id: UUID, use: Use, project: Project) -> Response:
    """The waveform of the default audio track; made when first asked for."""
    document = await use.media.peaks(await use.media.get(project, media_id))
    return Response(document, media_type="application/json")


@router.head("/api/media/{media_id}/content", include_in_schema=False)
@router.get(
    "/api/media/{media_id}/content",
    response_class=Response,
    responses={
        200: file_answer("The recording as it was sent.", "*/*"),
        206: file_answer("The range that was asked for.", "*/*"),
        304: {"description": "The client has it already."},
        **problems(404, 416),
    },
)
async def download_recording(media_id: UUID, request: Request, use: Use, project: Project) -> Response:
    """The recording as it was sent, whole or a range of it."""
    media = await use.media.get(project, media_id)
    file = ResultFile(
        name=media.name,
        media_type=media.content_type,
        size_bytes=media.size_bytes,
        sha256=media.sha256,
        open=lambda start, end: use.media.open_source(media, start, end),
    )
    shown = media.content_type.startswith(_SHOWN_BY_BROWSERS)
    return await send_file(request, file, "inline" if shown else "attachment")
