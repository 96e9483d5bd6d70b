"""The Meeting scribe's commands, word for word; see docs/user/meeting-scribe.md."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from surtitle.api.access import Caller, ReadsProject, WritesProject
from surtitle.api.auditing import Noted, audited
from surtitle.api.dependencies import IdempotencyKey, Use
from surtitle.api.dialects.starting import started, taken_in
from surtitle.api.downloads import send_file
from surtitle.api.openapi import file_download, multipart_upload, problems
from surtitle.api.quota import TellLeft
from surtitle.db.job_models import Job, JobStep
from surtitle.domain.jobs import JobState, StepState
from surtitle.jobs.acceptance import NewJob

router = APIRouter(tags=["meeting scribe"])

SURFACE = "meeting_scribe"

_RECIPE = "meeting"


class Status(StrEnum):
    """A job's state as the Meeting scribe spells it."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


_STATUS = {
    JobState.CREATED: Status.PENDING,
    JobState.QUEUED: Status.PENDING,
    JobState.RUNNING: Status.PROCESSING,
    JobState.SUCCEEDED: Status.COMPLETED,
    JobState.FAILED: Status.FAILED,
    # It knew no cancelling; for its clients a cancelled job is one that will give no result.
    JobState.CANCELLED: Status.FAILED,
}


class Task(BaseModel):
    """A meeting at work. What is not known is null."""

    task_id: UUID
    status: Status
    progress: float = Field(description="0 to 1, over all steps.")
    step: str | None = Field(
        None, description="What is being done: `transcription`, `diarization` and so on."
    )
    warnings: list[str] = Field([], description="What went wrong without ending the work.")
    error: str | None = None
    events_url: str = Field(description="The same as it happens, as server-sent events.")
    result_url: str


@router.post(
    "/meetings", status_code=202, responses=problems(402, 409, 429, 507), openapi_extra=multipart_upload()
)
async def create_meeting(
    *,
    request: Request,
    response: Response,
    use: Use,
    project: WritesProject,
    caller: Caller,
    tell_left: TellLeft,
    noted: Annotated[Noted, audited("job.started", "job")],
    idempotency_key: IdempotencyKey = None,
) -> Task:
    """Bring a meeting in and start working out who said what."""
    media = (await taken_in(request, use, project, idempotency_key, caller.user_id)).result
    wish = NewJob(project, _RECIPE, media.id, surface=SURFACE, created_by=caller.user_id)
    job = await started(use, wish, idempotency_key)
    noted.object_id, noted.detail["recording"] = job.id, str(media.id)
    await tell_left(project)
    response.headers["Location"] = f"/meetings/{job.id}"
    return _told(job)


@router.get("/meetings/{job_id}", responses=problems(404))
async def show_meeting(job_id: UUID, use: Use, project: ReadsProject) -> Task:
    """Where it stands; `job_id` is the `task_id`."""
    detail = await use.jobs.get(project, job_id)
    return _told(detail.job, _step(detail.steps))


@router.get(
    "/meetings/{job_id}/result",
    dependencies=[audited("result.downloaded", "job")],
    response_class=Response,
    responses=file_download("`result.json`.", "application/json", refusals=(404, 409)),
)
async def show_result(job_id: UUID, request: Request, use: Use, project: ReadsProject) -> Response:
    """Who said what: transcription, diarization and the fusion of both; `job_id` is the `task_id`."""
    file = await use.results.result(project, job_id, "json")
    # Its clients expect the document in the body, and follow nothing.
    return await send_file(request, file, "inline", may_redirect=False)


def _step(steps: Sequence[JobStep]) -> str | None:
    return next((step.name for step in steps if step.state == StepState.RUNNING), None)


def _told(job: Job, step: str | None = None) -> Task:
    state = JobState(job.state)
    return Task(
        task_id=job.id,
        status=_STATUS[state],
        progress=job.progress,
        step=step if state is JobState.RUNNING else None,
        warnings=[warning["detail"] for warning in job.warnings],
        error=_error(job, state),
        events_url=f"/api/jobs/{job.id}/events",
        result_url=f"/meetings/{job.id}/result",
    )


def _error(job: Job, state: JobState) -> str | None:
    if state is JobState.CANCELLED:
        return "The job was cancelled."
    return job.error_detail if state is JobState.FAILED else None
