"""Vocalyx' commands, word for word. Each maps to a native service; see docs/user/vocalyx.md."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from sqlalchemy.exc import SQLAlchemyError

from surtitle.accounts.names import NAME_CHARACTERS, checked_name
from surtitle.api.access import PUBLIC, Caller, DeletesInProject, ReadsProject, WritesProject
from surtitle.api.auditing import Noted, audited
from surtitle.api.dependencies import IdempotencyKey, Use
from surtitle.api.dialects.starting import started, taken_in
from surtitle.api.openapi import multipart_upload, problems
from surtitle.api.quota import TellLeft
from surtitle.api.services import Services
from surtitle.db.job_models import Job
from surtitle.domain.jobs import JobState
from surtitle.domain.transcript import Segment, Transcript
from surtitle.errors import Invalid, NotFound, Unavailable
from surtitle.jobs.acceptance import NewJob
from surtitle.jobs.errors import JobStateConflict, ResultNotReady
from surtitle.jobs.filters import JobFilter
from surtitle.media.errors import MediaInUse, MediaNotFound

router = APIRouter(tags=["vocalyx"])

SURFACE = "vocalyx"

# A cancelled job stops within a second.
_STOP_SECONDS = 10.0
_MOST_ON_A_PAGE = 100
_LAST_PAGE = 100
_FIELDS = {
    "project_name": {
        "type": "string",
        "maxLength": NAME_CHARACTERS,
        "description": "The name of the key's project, or nothing. In a personal installation a label.",
    },
    "use_vad": {"type": "boolean", "default": True, "description": "Skip what holds no speech."},
}


class Status(StrEnum):
    """A job's state as Vocalyx spells it."""

    PENDING = "pending"
    PROCESSING = "processing"
    DONE = "done"
    ERROR = "error"


_STATUS = {
    JobState.CREATED: Status.PENDING,
    JobState.QUEUED: Status.PENDING,
    JobState.RUNNING: Status.PROCESSING,
    JobState.SUCCEEDED: Status.DONE,
    JobState.FAILED: Status.ERROR,
    # It knew no cancelling; for its clients a cancelled job is one that will give no text.
    JobState.CANCELLED: Status.ERROR,
}


class OtherProject(NotFound):
    """The form names another project than the one whose key it came with."""

    slug = "other-project"

    def __init__(self, wanted: str, project: str) -> None:
        super().__init__(
            f"project_name is {wanted[:80]!r}, and the key is one of the project {project!r}. Leave "
            "project_name out, or send the other project's key."
        )


class SpokenSegment(BaseModel):
    """A stretch of speech; times are seconds."""

    start: float
    end: float
    text: str
    speaker: str | None = None


class Transcription(BaseModel):
    """A recording and its text. What is not known yet, or not told, is null."""

    id: UUID
    status: Status
    project_name: str
    worker_id: None = Field(None, description="Always null, as are the next two: they told of the inside.")
    celery_task_id: None = None
    file_path: None = None
    language: str | None = None
    processing_time: float | None = Field(description="Seconds that workers spent on it.")
    duration: float | None = Field(description="Seconds of sound.")
    text: str | None = Field(None, description="Null in lists.")
    segments: list[SpokenSegment] | None = Field(None, description="Null in lists.")
    error_message: str | None
    segments_count: int | None = Field(None, description="Null in lists.")
    vad_enabled: bool
    created_at: datetime
    finished_at: datetime | None


class Deleted(BaseModel):
    status: Literal["deleted"] = "deleted"
    id: UUID


class Health(BaseModel):
    """The server answers, and so does its database."""

    status: Literal["healthy"] = "healthy"
    service: Literal["surtitle"] = "surtitle"
    database: Literal["connected"] = "connected"


@router.post(
    "/api/transcriptions",
    status_code=201,
    responses=problems(402, 404, 409, 507),
    openapi_extra=multipart_upload(**_FIELDS),
)
async def create_transcription(
    *,
    request: Request,
    use: Use,
    project: WritesProject,
    caller: Caller,
    tell_left: TellLeft,
    noted: Annotated[Noted, audited("job.started", "job")],
    idempotency_key: IdempotencyKey = None,
) -> Transcription:
    """Bring a recording in and start writing it down."""
    name = (await use.people.projects.get(caller, project)).project.name
    personal = use.settings.server.auth == "personal"

    def check(fields: Sequence[tuple[str, str]]) -> None:
        _options(fields)
        wanted = _project_name(fields)
        if wanted is not None and wanted != name and not personal:
            raise OtherProject(wanted, name)

    form = await taken_in(request, use, project, idempotency_key, caller.user_id, check=check)
    wish = NewJob(
        project,
        "transcript",
        form.result.id,
        _options(form.fields),
        SURFACE,
        created_by=caller.user_id,
        label=_project_name(form.fields) if personal else None,
    )
    job = await started(use, wish, idempotency_key)
    noted.object_id, noted.detail["recording"] = job.id, str(form.result.id)
    await tell_left(project)
    return _told(job, name)


@router.get("/api/transcriptions")
async def list_transcriptions(
    *,
    use: Use,
    project: ReadsProject,
    caller: Caller,
    status: Annotated[Status | None, Query(description="Only those in this state.")] = None,
    page: Annotated[int, Query(ge=1, le=_LAST_PAGE)] = 1,
    limit: Annotated[int, Query(ge=1, le=_MOST_ON_A_PAGE)] = 25,
) -> list[Transcription]:
    """The project's jobs, the newest first, without their texts. Beyond page 100 there is `/api/jobs`."""
    name = (await use.people.projects.get(caller, project)).project.name
    states = frozenset(state for state, told in _STATUS.items() if told == status) if status else None
    wanted, cursor = JobFilter(states=states), None
    for number in range(1, page + 1):
        listed = await use.jobs.list(project, wanted, cursor, limit)
        cursor = listed.next_cursor
        if number == page:
            return [_told(job, name) for job in listed.items]
        if cursor is None:
            break
    return []


@router.get(
    "/api/transcriptions/{job_id}",
    dependencies=[audited("transcript.read", "job")],
    responses=problems(404),
)
async def show_transcription(job_id: UUID, use: Use, project: ReadsProject, caller: Caller) -> Transcription:
    """Where it stands, and its text once it is done."""
    job = (await use.jobs.get(project, job_id)).job
    name = (await use.people.projects.get(caller, project)).project.name
    return _told(job, name, await _transcript(use, project, job))


@router.delete(
    "/api/transcriptions/{job_id}",
    dependencies=[audited("job.deleted", "job")],
    responses=problems(404, 409),
)
async def delete_transcription(job_id: UUID, use: Use, project: DeletesInProject) -> Deleted:
    """Delete it with its recording, if that was brought in here and nothing else uses it."""
    job = (await use.jobs.get(project, job_id)).job
    if not JobState(job.state).finished:
        await _stop(use, project, job_id)
    await use.jobs.delete(project, job_id)
    if job.surface == SURFACE and job.media_id is not None:
        with suppress(MediaInUse, MediaNotFound):
            await use.media.delete(project, job.media_id)
    return Deleted(id=job_id)


@router.get("/health", dependencies=[PUBLIC], responses=problems(503))
async def tell_health(use: Use) -> Health:
    """For those who looked here before; `/health/ready` tells more."""
    try:
        await use.figures.workers_alive(use.settings.jobs.lease_seconds)
    except SQLAlchemyError as error:
        raise Unavailable("The database does not answer. See the log for why.") from error
    return Health()


def _project_name(fields: Sequence[tuple[str, str]]) -> str | None:
    value = _value(fields, "project_name")
    return checked_name(value) if value else None


def _options(fields: Sequence[tuple[str, str]]) -> dict[str, bool]:
    value = _value(fields, "use_vad")
    if not value:
        return {}
    try:
        return {"vad": TypeAdapter(bool).validate_python(value)}
    except ValidationError:
        raise Invalid(f"use_vad is {value[:40]!r}; write true or false.", field="use_vad") from None


def _value(fields: Sequence[tuple[str, str]], name: str) -> str | None:
    return next((value.strip() for key, value in reversed(fields) if key == name), None)


async def _stop(use: Services, project: UUID, job_id: UUID) -> None:
    # It may end by itself meanwhile; what still runs after this is told by the deletion.
    with suppress(JobStateConflict, TimeoutError):
        await use.jobs.cancel(project, job_id)
        async with asyncio.timeout(_STOP_SECONDS):
            await use.awaited.ended(project, job_id)


async def _transcript(use: Services, project: UUID, job: Job) -> Transcript | None:
    if job.state != JobState.SUCCEEDED:
        return None
    with suppress(ResultNotReady):
        return await use.results.transcript(project, job.id)
    return None


def _told(job: Job, project_name: str, transcript: Transcript | None = None) -> Transcription:
    state = JobState(job.state)
    told = Transcription(
        id=job.id,
        status=_STATUS[state],
        project_name=job.label or project_name,
        processing_time=round(job.processing_seconds, 3) or None,
        duration=job.media_seconds or None,
        error_message="The job was cancelled." if state is JobState.CANCELLED else _error(job),
        vad_enabled=job.options.get("vad", True),
        created_at=job.created_at,
        finished_at=job.finished_at,
    )
    if transcript is not None:
        told.language, told.text = transcript.language, transcript.text
        told.segments = [_segment(segment) for segment in transcript.segments]
        told.segments_count = len(transcript.segments)
    return told


def _error(job: Job) -> str | None:
    return job.error_detail if job.state == JobState.FAILED else None


def _segment(segment: Segment) -> SpokenSegment:
    return SpokenSegment(
        start=segment.start_seconds, end=segment.end_seconds, text=segment.text, speaker=segment.speaker
    )
