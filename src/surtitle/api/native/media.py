"""`/api/media`: recordings in, listed, looked at, out."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from surtitle.api.access import Caller, DeletesInProject, ReadsProject, WritesProject
from surtitle.api.auditing import Noted, audited
from surtitle.api.dependencies import Cursor, IdempotencyKey, Limit, Use
from surtitle.api.downloads import send_file
from surtitle.api.native.schemas import MediaDocument, MediaPage
from surtitle.api.openapi import file_download, multipart_upload, problems
from surtitle.api.uploading import receive_form

router = APIRouter(tags=["media"])


@router.post(
    "/api/media",
    status_code=201,
    responses=problems(402, 409, 422, 507),
    openapi_extra=multipart_upload(),
)
async def upload_recording(
    *,
    request: Request,
    response: Response,
    use: Use,
    project: WritesProject,
    caller: Caller,
    noted: Annotated[Noted, audited("recording.uploaded", "recording")],
    idempotency_key: IdempotencyKey = None,
) -> MediaDocument:
    """Bring a recording in, in one go. For large files or shaky lines there is `/api/uploads`."""
    media = await receive_form(request, use.media, project, idempotency_key, caller.user_id)
    noted.object_id = media.id
    response.headers["Location"] = f"/api/media/{media.id}"
    return MediaDocument.of(media)


@router.get("/api/media")
async def list_recordings(
    use: Use, project: ReadsProject, cursor: Cursor = None, limit: Limit = 50
) -> MediaPage:
    """Recordings, the newest first."""
    return MediaPage.of(await use.media.list(project, cursor, limit))


@router.get("/api/media/{media_id:uuid}", responses=problems(404))
async def show_recording(media_id: UUID, use: Use, project: ReadsProject) -> MediaDocument:
    """One recording and its tracks."""
    return MediaDocument.of(await use.media.get(project, media_id))


@router.delete(
    "/api/media/{media_id:uuid}",
    status_code=204,
    dependencies=[audited("recording.deleted", "recording")],
    responses=problems(404, 409),
)
async def delete_recording(media_id: UUID, use: Use, project: DeletesInProject) -> None:
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
async def show_peaks(media_id: UUID, use: Use, project: ReadsProject) -> Response:
    """The waveform of the default audio track; made when first asked for."""
    document = await use.media.peaks(await use.media.get(project, media_id))
    return Response(document, media_type="application/json")


@router.head("/api/media/{media_id}/content", include_in_schema=False)
@router.get(
    "/api/media/{media_id}/content",
    dependencies=[audited("recording.downloaded", "recording")],
    response_class=Response,
    responses=file_download("The recording as it was sent.", "*/*", from_store=True),
)
async def download_recording(media_id: UUID, request: Request, use: Use, project: ReadsProject) -> Response:
    """The recording as it was sent, whole or a range of it."""
    file = await use.results.recording(project, media_id)
    return await send_file(request, file, "inline" if file.is_played else "attachment")
