"""Grabadora's commands, word for word. Each maps to a native service; see docs/user/grabadora.md."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel

from surtitle.api.access import Caller, ReadsProject, WritesProject
from surtitle.api.auditing import Noted, audited
from surtitle.api.dependencies import IdempotencyKey, Use
from surtitle.api.dialects.starting import started, taken_in
from surtitle.api.event_streams import After, event_of, followed
from surtitle.api.openapi import multipart_upload, problems
from surtitle.api.quota import TellLeft
from surtitle.api.services import Services
from surtitle.domain.jobs import EventType, JobState
from surtitle.errors import NotFound
from surtitle.jobs.acceptance import NewJob
from surtitle.jobs.events import Event
from surtitle.transcripts.schema import read_transcript

router = APIRouter(tags=["grabadora"])

SURFACE = "grabadora"

_GONE = "The job succeeded, and its text is kept no longer: it was deleted by its age."

_LANGUAGE = {
    "type": "string",
    "description": "ISO 639-1 code or English name; detected if left out.",
    "example": "es",
}


class Accepted(BaseModel):
    """Follow it at `GET /transcribe/{job_id}`."""

    job_id: UUID


@router.post(
    "/transcribe", responses=problems(402, 409, 422, 507), openapi_extra=multipart_upload(language=_LANGUAGE)
)
async def transcribe(
    *,
    request: Request,
    use: Use,
    project: WritesProject,
    caller: Caller,
    tell_left: TellLeft,
    noted: Annotated[Noted, audited("job.started", "job")],
    idempotency_key: IdempotencyKey = None,
) -> Accepted:
    """Bring a recording in and start writing it down."""
    form = await taken_in(request, use, project, idempotency_key, caller.user_id)
    language = (form.value("language") or "").strip()
    options = {"language": language} if language else {}
    wish = NewJob(project, "transcript", form.result.id, options, SURFACE, created_by=caller.user_id)
    job = await started(use, wish, idempotency_key)
    noted.object_id, noted.detail["recording"] = job.id, str(form.result.id)
    await tell_left(project)
    return Accepted(job_id=job.id)


@router.get(
    "/transcribe/{job_id}",
    dependencies=[audited("job.followed", "job")],
    response_class=EventSourceResponse,
    responses={
        200: {"description": "Server-sent events: `delta` with new text, at the end `completed` with "
              "`job_id`, `transcript_key` and `language`, or `error`."},
        204: {"description": "The job has ended and everything was told."},
        **problems(404),
    },
)  # fmt: skip
async def follow_transcription(
    job_id: UUID, use: Use, project: ReadsProject, after: After
) -> AsyncIterator[ServerSentEvent]:
    """Hear the text as it forms. The stream begins with what was said before and ends with the job."""

    async def tell(event: Event) -> ServerSentEvent | None:
        match event.type, event.data:
            case EventType.DELTA, data:
                return event_of("delta", event, {"job_id": job_id, **data})
            case EventType.COMPLETED, _:
                return await _success(use, project, job_id, event)
            case (EventType.ERROR, _) | (EventType.STATE, {"state": JobState.CANCELLED}):
                failure = await _failure(use, project, job_id, event)
                return event_of("error", event, failure) if failure else None
        return None

    async with aclosing(followed(use, job_id, after, tell)) as stream:
        async for told in stream:
            yield told


async def _success(use: Services, project: UUID, job_id: UUID, event: Event) -> ServerSentEvent | None:
    """The end of a job that succeeded. Its text may be gone by now; None where it ended once more since."""
    try:
        return event_of("completed", event, await _completed(use, project, job_id))
    except NotFound:
        # Raises again where it is the job that is gone.
        job = (await use.jobs.get(project, job_id)).job
    if event.number != job.last_event:
        return None
    return event_of("error", event, {"job_id": job_id, "type": "result-gone", "detail": _GONE})


async def _completed(use: Services, project: UUID, job_id: UUID) -> dict[str, Any]:
    text = await use.jobs.artifact(project, job_id, "transcript.txt")
    document = await use.jobs.read(await use.jobs.artifact(project, job_id, "transcript.json"))
    transcript = await asyncio.to_thread(read_transcript, document)
    key = use.store.full_key(text.object_key)
    return {"job_id": job_id, "transcript_key": key, "language": transcript.language}


async def _failure(use: Services, project: UUID, job_id: UUID, event: Event) -> dict[str, Any] | None:
    """Why the job gives no result; None when it was run again since, for an end there is only one."""
    job = (await use.jobs.get(project, job_id)).job
    if event.number != job.last_event:
        return None
    if job.state == JobState.CANCELLED:
        return {"job_id": job_id, "type": "cancelled", "detail": "The job was cancelled."}
    if job.state == JobState.FAILED:
        return {"job_id": job_id, "type": job.error_kind, "detail": job.error_detail}
    return None
