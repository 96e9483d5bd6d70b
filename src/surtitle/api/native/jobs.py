"""`/api/jobs`: start, list, look at, control."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Response

from surtitle.api.access import Caller, DeletesInProject, ReadsProject, WritesProject
from surtitle.api.auditing import Noted, audited
from surtitle.api.dependencies import Cursor, IdempotencyKey, Limit, Moment, Use
from surtitle.api.native.job_schemas import (
    AcceptedJobDocument,
    JobDetailDocument,
    JobDocument,
    JobPage,
    JobRequest,
)
from surtitle.api.openapi import problems
from surtitle.api.quota import TellLeft
from surtitle.domain.jobs import JobState
from surtitle.jobs.acceptance import NewJob
from surtitle.jobs.filters import JobFilter

router = APIRouter(tags=["jobs"])

ProfileHeader = Annotated[
    UUID | None,
    Header(alias="X-Surtitle-Profile", description="Go by the options of this profile of one's own."),
]


@router.post("/api/jobs", status_code=202, responses=problems(402, 404, 409, 429, 503))
async def start_job(
    *,
    wish: JobRequest,
    response: Response,
    use: Use,
    project: WritesProject,
    caller: Caller,
    tell_left: TellLeft,
    noted: Annotated[Noted, audited("job.started", "job")],
    idempotency_key: IdempotencyKey = None,
    profile: ProfileHeader = None,
) -> AcceptedJobDocument:
    """Start a job on a recording, or on a transcript and its edits. Follow it at `links.events`."""
    job = await use.jobs.create(
        NewJob(
            project_id=project,
            recipe=wish.recipe,
            media_id=wish.media_id,
            transcript_id=wish.transcript_id,
            revision=wish.revision,
            options=wish.options,
            priority=wish.priority,
            queue=wish.queue,
            created_by=caller.user_id,
            profile_id=profile,
        ),
        idempotency_key,
    )
    noted.object_id = job.id
    response.headers["Location"] = f"/api/jobs/{job.id}"
    return AcceptedJobDocument.of_accepted(job, await tell_left(project))


async def wanted_jobs(
    status: Annotated[JobState | None, Query(description="Only jobs in this state.")] = None,
    recipe: Annotated[str | None, Query(max_length=64, description="Only jobs of this recipe.")] = None,
    created_from: Annotated[
        Moment | None, Query(alias="from", description="Only jobs created then or later. UTC without a zone.")
    ] = None,
    created_before: Annotated[
        Moment | None, Query(alias="to", description="Only jobs created before then. UTC without a zone.")
    ] = None,
) -> JobFilter:
    return JobFilter(state=status, recipe=recipe, created_from=created_from, created_before=created_before)


@router.get("/api/jobs")
async def list_jobs(
    use: Use,
    project: ReadsProject,
    wanted: Annotated[JobFilter, Depends(wanted_jobs)],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> JobPage:
    """Jobs, the newest first."""
    return JobPage.of(await use.jobs.list(project, wanted, cursor, limit))


@router.get("/api/jobs/{job_id}", responses=problems(404))
async def show_job(job_id: UUID, use: Use, project: ReadsProject) -> JobDetailDocument:
    """One job with its steps and its files."""
    return JobDetailDocument.of_detail(await use.jobs.get(project, job_id))


@router.post(
    "/api/jobs/{job_id}/cancel",
    status_code=202,
    dependencies=[audited("job.cancelled", "job")],
    responses=problems(404, 409),
)
async def cancel_job(job_id: UUID, use: Use, project: WritesProject) -> JobDocument:
    """Stop a job: at once while it waits, within a second while it runs."""
    return JobDocument.of(await use.jobs.cancel(project, job_id))


@router.post(
    "/api/jobs/{job_id}/retry",
    status_code=202,
    dependencies=[audited("job.retried", "job")],
    responses=problems(402, 404, 409, 429),
)
async def retry_job(
    job_id: UUID, use: Use, project: WritesProject, tell_left: TellLeft
) -> AcceptedJobDocument:
    """Run a failed or cancelled job again; it goes on after the last step that was finished."""
    job = await use.jobs.retry(project, job_id)
    return AcceptedJobDocument.of_accepted(job, await tell_left(project))


@router.post(
    "/api/jobs/{job_id}/steps/{name}/retry",
    status_code=202,
    dependencies=[audited("job.retried", "job")],
    responses=problems(404, 409, 429),
)
async def retry_step(
    job_id: UUID,
    name: Annotated[str, Path(max_length=64, examples=["diarization"])],
    use: Use,
    project: WritesProject,
) -> JobDocument:
    """Do a step again that the job went on without, and what follows from it. Nothing else is done again."""
    return JobDocument.of(await use.jobs.retry_step(project, job_id, name))


@router.delete(
    "/api/jobs/{job_id}",
    status_code=204,
    dependencies=[audited("job.deleted", "job")],
    responses=problems(404, 409),
)
async def delete_job(job_id: UUID, use: Use, project: DeletesInProject) -> None:
    """Delete a job and all that it made. The recording stays."""
    await use.jobs.delete(project, job_id)
