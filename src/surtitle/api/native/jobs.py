"""`/api/jobs`: start, list, look at, control."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response

from surtitle.accounts.access import Principal
from surtitle.api.access import Caller, DeletesInProject, ReadsProject, WritesProject
from surtitle.api.auditing import Noted, audited
from surtitle.api.dependencies import Cursor, IdempotencyKey, Limit, Moment, Use
from surtitle.api.dialects import video_generator
from surtitle.api.native.estimate_schemas import EstimateDocument
from surtitle.api.native.job_schemas import (
    AcceptedJobDocument,
    JobDetailDocument,
    JobDocument,
    JobPage,
    JobRequest,
)
from surtitle.api.openapi import problems
from surtitle.api.quota import TellLeft
from surtitle.domain.recipes import FILM
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
    """Start a job on a recording, a transcript with its edits, or a prompt. Follow it at `links.events`."""
    job = await use.jobs.create(_new_job(wish, project, caller, profile), idempotency_key)
    noted.object_id = job.id
    response.headers["Location"] = f"/api/jobs/{job.id}"
    return AcceptedJobDocument.of_accepted(job, await tell_left(project))


@router.post("/api/jobs/estimate", responses=problems(404))
async def estimate_job(
    wish: JobRequest, use: Use, project: WritesProject, caller: Caller, profile: ProfileHeader = None
) -> EstimateDocument:
    """What a job would come to: credits, time and size. Refuses what would be refused; starts nothing."""
    return EstimateDocument.of(await use.estimates.estimate(_new_job(wish, project, caller, profile)))


def _new_job(wish: JobRequest, project: UUID, caller: Principal, profile: UUID | None) -> NewJob:
    """Without a recipe it is a film, asked for as the Video generator's clients do."""
    older = wish.recipe is None
    return NewJob(
        project_id=project,
        recipe=wish.recipe or FILM,
        media_id=wish.media_id,
        transcript_id=wish.transcript_id,
        revision=wish.revision,
        options=video_generator.film_options(wish.whole_options) if older else wish.whole_options,
        surface=video_generator.SURFACE if older else "native",
        priority=wish.priority,
        queue=wish.queue,
        created_by=caller.user_id,
        profile_id=profile,
    )


async def wanted_jobs(
    status: Annotated[
        video_generator.WantedStatus | None,
        Query(
            description="Only jobs in this state; `pending`: created or queued, `processing`: running. A "
            "cancelled film that was asked for without a recipe is `failed` too."
        ),
    ] = None,
    recipe: Annotated[str | None, Query(max_length=64, description="Only jobs of this recipe.")] = None,
    created_from: Annotated[
        Moment | None, Query(alias="from", description="Only jobs created then or later. UTC without a zone.")
    ] = None,
    created_before: Annotated[
        Moment | None, Query(alias="to", description="Only jobs created before then. UTC without a zone.")
    ] = None,
) -> JobFilter:
    return JobFilter(
        states=status.states if status is not None else None,
        cancelled_of=status.cancelled_of if status is not None else None,
        recipe=recipe,
        created_from=created_from,
        created_before=created_before,
    )


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


# By its form, or `estimate` would be read as an id.
@router.get("/api/jobs/{job_id:uuid}", responses=problems(404))
async def show_job(job_id: UUID, request: Request, use: Use, project: ReadsProject) -> JobDetailDocument:
    """One job with its steps and its files."""
    detail = await use.jobs.get(project, job_id)
    return JobDetailDocument.of_detail(detail, await video_generator.result_url(use, request, detail))


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
    job_id: UUID, use: Use, project: WritesProject, caller: Caller, tell_left: TellLeft
) -> AcceptedJobDocument:
    """Run a failed or cancelled job again; it goes on after the last step that was finished."""
    video_generator.require_may_retry(caller, (await use.jobs.get(project, job_id)).job)
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
    "/api/jobs/{job_id:uuid}",
    status_code=204,
    dependencies=[audited("job.deleted", "job")],
    responses=problems(404, 409),
)
async def delete_job(job_id: UUID, use: Use, project: DeletesInProject) -> None:
    """Delete a job and all that it made. The recording stays."""
    await use.jobs.delete(project, job_id)
