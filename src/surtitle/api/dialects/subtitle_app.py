"""The Subtitle app's commands, word for word. Each maps to a native service; see docs/user/api.md."""

from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from surtitle.api.access import Caller, ReadsProject, WritesProject
from surtitle.api.auditing import Noted, audited
from surtitle.api.dependencies import Use
from surtitle.api.downloads import send_file
from surtitle.api.openapi import VIDEO_TYPES, file_download, multipart_upload, problems
from surtitle.api.quota import TellLeft
from surtitle.api.uploading import receive_form
from surtitle.clock import utc_now
from surtitle.db.job_models import Job
from surtitle.domain.jobs import JobState
from surtitle.engines.registry import Capability
from surtitle.errors import SurtitleError
from surtitle.jobs.acceptance import NewJob

router = APIRouter(tags=["subtitle app"])

SURFACE = "subtitle_app"


class Status(StrEnum):
    """A job's state as the Subtitle app spells it."""

    UPLOADED = "uploaded"
    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


_STATUS = {
    JobState.CREATED: Status.UPLOADED,
    JobState.QUEUED: Status.QUEUED,
    JobState.RUNNING: Status.PROCESSING,
    JobState.SUCCEEDED: Status.COMPLETED,
    JobState.FAILED: Status.FAILED,
    # It knew no cancelling; for its clients a cancelled job is one that will give no result.
    JobState.CANCELLED: Status.FAILED,
}
_RECIPE = {"text": "transcript", "subtitle": "subtitles", "video": "captioned-video"}
_OUTPUT = {recipe: output for output, recipe in _RECIPE.items()}


class Uploaded(BaseModel):
    job_id: UUID


class RunRequest(BaseModel):
    """What to make of an upload."""

    model_config = ConfigDict(json_schema_extra={"example": {"output_type": "subtitle"}})

    output_type: Literal["text", "subtitle", "video"]
    model_name: Annotated[
        str | None, Field(max_length=128, description="A model, or an engine such as `dummy`.")
    ] = None


class JobStatus(BaseModel):
    """What is not known yet is left out."""

    job_id: UUID
    status: Status
    output_type: str | None = None
    progress: float = Field(description="0 to 1.")
    error: str | None = None
    duration_seconds: float | None = Field(None, description="Time that the processing took.")
    audio_seconds: float = Field(description="Length of the recording.")


class TextPreview(BaseModel):
    job_id: UUID
    preview: str
    language: str | None
    frame_url: str | None


class Usage(BaseModel):
    total_jobs: int
    jobs_by_output_type: dict[str, int]


class AdminMetrics(BaseModel):
    """Figures over all jobs. Means are null before the first job has ended."""

    jobs: dict[Status, int]
    mean_processing_seconds: float | None
    max_processing_seconds: float | None
    total_audio_seconds: float
    real_time_factor: float | None = Field(description="Processing time over length; below 1 is faster.")
    errors: dict[str, int]
    usage: Usage


@router.post("/upload", responses=problems(402, 422, 507), openapi_extra=multipart_upload())
async def upload(
    request: Request,
    use: Use,
    project: WritesProject,
    caller: Caller,
    noted: Annotated[Noted, audited("recording.uploaded", "recording")],
) -> Uploaded:
    """Bring an mp4 or wav in; the job waits for `run`."""
    media = await receive_form(request, use.media, project, created_by=caller.user_id)
    wish = NewJob(
        project_id=project,
        recipe="transcript",
        media_id=media.id,
        surface=SURFACE,
        start=False,
        created_by=caller.user_id,
    )
    noted.object_id = media.id
    try:
        return Uploaded(job_id=(await use.jobs.create(wish)).id)
    except SurtitleError:
        # The client learns no media id here, so nobody could ever use or delete it.
        await use.media.delete(project, media.id)
        raise


@router.post(
    "/jobs/{job_id}/run",
    response_model_exclude_none=True,
    dependencies=[audited("job.started", "job")],
    responses=problems(402, 404, 409, 503),
)
async def run(
    job_id: UUID, wish: RunRequest, use: Use, project: WritesProject, tell_left: TellLeft
) -> JobStatus:
    """Start the job."""
    transcribers = {spec.name for spec in use.engines.specs if spec.capability is Capability.TRANSCRIBER}
    options: dict[str, Any] = {}
    if wish.model_name is not None:
        options["engine" if wish.model_name in transcribers else "model"] = wish.model_name
    job = await use.jobs.start(project, job_id, _RECIPE[wish.output_type], options)
    await tell_left(project)
    return _status(job)


@router.get("/jobs/{job_id}/status", response_model_exclude_none=True, responses=problems(404))
async def status(job_id: UUID, use: Use, project: ReadsProject) -> JobStatus:
    """Where the job stands."""
    return _status((await use.jobs.get(project, job_id)).job)


@router.get(
    "/jobs/{job_id}/result",
    dependencies=[audited("result.downloaded", "job")],
    response_class=Response,
    responses=file_download(
        "Text in the body; subtitles and video as a download.",
        "text/plain",
        "application/x-subrip",
        *VIDEO_TYPES,
        refusals=(404, 409),
    ),
)
async def result(job_id: UUID, request: Request, use: Use, project: ReadsProject) -> Response:
    """What the job made."""
    file = await use.results.result(project, job_id, None)
    return await send_file(
        request,
        file,
        "inline" if file.media_type.startswith("text/plain") else "attachment",
        # Its clients expect the text in the body, and follow nothing.
        may_redirect=False,
    )


@router.get(
    "/jobs/{job_id}/preview", dependencies=[audited("preview.seen", "job")], responses=problems(404, 409)
)
async def preview(job_id: UUID, use: Use, project: ReadsProject) -> TextPreview:
    """The beginning of the text, and the address of a picture."""
    looked = await use.previews.preview(project, job_id)
    frame_url = None
    if looked.frame_seconds is not None:
        frame_url = f"/api/jobs/{job_id}/preview/frame?at={looked.frame_seconds}"
    return TextPreview(
        job_id=job_id,
        preview=" ".join(" ".join(cue.lines) for cue in looked.cues.cues[:5]),
        language=looked.transcript.language,
        frame_url=frame_url,
    )


@router.get("/admin/metrics")
async def admin_metrics(use: Use, project: ReadsProject) -> AdminMetrics:
    """Counts by state, times, errors and usage."""
    totals = await use.figures.totals(project)
    jobs = dict.fromkeys(Status, 0)
    for state, count in totals.by_state.items():
        jobs[_STATUS[JobState(state)]] += count
    return AdminMetrics(
        jobs=jobs,
        mean_processing_seconds=totals.mean_processing_seconds,
        max_processing_seconds=totals.max_processing_seconds,
        total_audio_seconds=totals.total_media_seconds,
        real_time_factor=totals.real_time_factor,
        errors=totals.errors_by_kind,
        usage=Usage(
            total_jobs=sum(jobs.values()),
            jobs_by_output_type={_OUTPUT.get(name, name): count for name, count in totals.by_recipe.items()},
        ),
    )


def _status(job: Job) -> JobStatus:
    error = job.error_detail
    if job.state == JobState.CANCELLED:
        error = "The job was cancelled."
    return JobStatus(
        job_id=job.id,
        status=_STATUS[JobState(job.state)],
        output_type=None if job.state == JobState.CREATED else _OUTPUT.get(job.recipe, job.recipe),
        progress=job.progress,
        error=error if JobState(job.state).finished else None,
        duration_seconds=_duration_seconds(job),
        audio_seconds=job.media_seconds,
    )


def _duration_seconds(job: Job) -> float | None:
    """Time that workers spent; while one works, since it began."""
    if job.started_at is None:
        return None
    if job.state == JobState.RUNNING:
        return round((utc_now() - job.started_at).total_seconds(), 3)
    return round(job.processing_seconds, 3)
