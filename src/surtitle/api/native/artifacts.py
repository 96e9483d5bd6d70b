"""What a job made: its files one by one, and its result in any format."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from surtitle.api.access import ReadsProject
from surtitle.api.auditing import audited
from surtitle.api.dependencies import Use
from surtitle.api.downloads import send_file
from surtitle.api.native.job_schemas import ArtifactList
from surtitle.api.openapi import TEXT_TYPES, VIDEO_TYPES, file_download, problems

router = APIRouter(tags=["results"])


@router.get("/api/jobs/{job_id}/artifacts", responses=problems(404))
async def list_artifacts(job_id: UUID, use: Use, project: ReadsProject) -> ArtifactList:
    """All files that the job has made so far."""
    return ArtifactList.of((await use.jobs.get(project, job_id)).artifacts)


@router.head("/api/jobs/{job_id}/artifacts/{name}", include_in_schema=False)
@router.get(
    "/api/jobs/{job_id}/artifacts/{name}",
    dependencies=[audited("artifact.downloaded", "job", "name")],
    response_class=Response,
    responses=file_download("The file.", "*/*", from_store=True),
)
async def download_artifact(
    job_id: UUID,
    name: Annotated[str, Path(description="As `artifacts` lists it.", examples=["transcript.json"])],
    request: Request,
    use: Use,
    project: ReadsProject,
) -> Response:
    """One file, whole or a range of it."""
    return await send_file(request, await use.results.artifact(project, job_id, name))


@router.head("/api/jobs/{job_id}/result", include_in_schema=False)
@router.get(
    "/api/jobs/{job_id}/result",
    dependencies=[audited("result.downloaded", "job")],
    response_class=Response,
    responses=file_download("The result.", *TEXT_TYPES, *VIDEO_TYPES, refusals=(404, 409), from_store=True),
)
async def download_result(
    job_id: UUID,
    request: Request,
    use: Use,
    project: ReadsProject,
    wanted: Annotated[
        str | None,
        Query(alias="format", description="One of the job's `formats`; left out, the recipe's own."),
    ] = None,
) -> Response:
    """What the job was for, in the format that you like."""
    return await send_file(request, await use.results.result(project, job_id, wanted))
