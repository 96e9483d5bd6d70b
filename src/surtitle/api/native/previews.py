"""A first look at a result: the first cues, and a picture with its caption."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from surtitle.api.access import ReadsProject
from surtitle.api.auditing import audited
from surtitle.api.dependencies import Use
from surtitle.api.native.job_schemas import PreviewDocument
from surtitle.api.openapi import file_answer, problems

router = APIRouter(tags=["results"])

_DAY_SECONDS = 86400
_SEEN = audited("preview.seen", "job")


@router.get("/api/jobs/{job_id}/preview", dependencies=[_SEEN], responses=problems(404, 409))
async def preview_result(
    job_id: UUID,
    use: Use,
    project: ReadsProject,
    cues: Annotated[int, Query(ge=1, le=50, description="How many cues to show.")] = 5,
) -> PreviewDocument:
    """The first cues; as soon as there is a transcript, also while the job goes on."""
    return PreviewDocument.of(job_id, await use.previews.preview(project, job_id), cues)


@router.get(
    "/api/jobs/{job_id}/preview/frame",
    dependencies=[_SEEN],
    response_class=Response,
    responses={200: file_answer("The picture.", "image/jpeg"), **problems(404, 409)},
)
async def preview_frame(
    job_id: UUID,
    use: Use,
    project: ReadsProject,
    at: Annotated[
        float, Query(ge=0, le=_DAY_SECONDS, allow_inf_nan=False, description="Seconds into the recording.")
    ] = 0.0,
) -> Response:
    """The picture at a moment, with the caption that stands there."""
    return Response(await use.previews.frame(project, job_id, at), media_type="image/jpeg")
