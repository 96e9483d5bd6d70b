"""`/api/jobs/{id}/events`: what happens to a job, as it happens, from any point on."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from uuid import UUID

from fastapi import APIRouter
from fastapi.sse import EventSourceResponse, ServerSentEvent

from surtitle.api.auditing import audited
from surtitle.api.dependencies import Use
from surtitle.api.event_streams import After, event_of, followed
from surtitle.api.openapi import problems
from surtitle.jobs.events import Event

router = APIRouter(tags=["jobs"])


@router.get(
    "/api/jobs/{job_id}/events",
    dependencies=[audited("job.followed", "job")],
    response_class=EventSourceResponse,
    responses={
        200: {"description": "Server-sent events: `state`, `progress`, `warning`, `delta`, `segment`, "
              "`completed`, `error`; each with its number as `id` and JSON as `data`."},
        204: {"description": "The job has ended and everything was told."},
        **problems(404),
    },
)  # fmt: skip
async def follow_job(job_id: UUID, use: Use, after: After) -> AsyncIterator[ServerSentEvent]:
    """Hear what happens to a job. The stream begins with the past and ends with the job."""
    async with aclosing(followed(use, job_id, after, _as_it_is)) as stream:
        async for told in stream:
            yield told


async def _as_it_is(event: Event) -> ServerSentEvent:
    return event_of(event.type, event, event.data)
