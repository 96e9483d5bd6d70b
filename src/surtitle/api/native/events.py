"""`/api/jobs/{id}/events`: what happens to a job, as it happens, from any point on."""

import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from surtitle.api.dependencies import Project, Use
from surtitle.api.openapi import problems
from surtitle.errors import NotFound

log = logging.getLogger(__name__)

router = APIRouter(tags=["jobs"])

_RETRY_MS = 2000
_MAX_NUMBER = 10**9


async def starting_point(
    job_id: UUID,
    use: Use,
    project: Project,
    after: Annotated[
        int | None, Query(ge=0, lt=_MAX_NUMBER, description="Skip events up to this number.")
    ] = None,
    last_event_id: Annotated[
        str | None,
        Header(
            alias="Last-Event-ID",
            pattern="^[0-9]{1,9}$",
            description="As browsers send it when they come back; wins over `after`.",
        ),
    ] = None,
) -> int:
    """The event number to go on from.

    Everything that can be refused is refused here: once the stream has begun it is too late for a 404.
    """
    number = int(last_event_id) if last_event_id else after or 0
    events, state = await use.jobs.events(project, job_id, number)
    if state.finished and not events:
        # Tells a browser's EventSource to stop coming back.
        raise HTTPException(204)
    return number


@router.get(
    "/api/jobs/{job_id}/events",
    response_class=EventSourceResponse,
    responses={
        200: {"description": "Server-sent events: `state`, `progress`, `warning`, `delta`, `segment`, "
              "`completed`, `error`; each with its number as `id` and JSON as `data`."},
        204: {"description": "The job has ended and everything was told."},
        **problems(404),
    },
)  # fmt: skip
async def follow_job(
    job_id: UUID, use: Use, after: Annotated[int, Depends(starting_point)]
) -> AsyncIterator[ServerSentEvent]:
    """Hear what happens to a job. The stream begins with the past and ends with the job."""
    use.metrics.sse_listeners.inc()
    try:
        yield ServerSentEvent(comment="listening", retry=_RETRY_MS)
        async with aclosing(use.jobs.follow(job_id, after)) as events:  # type: ignore[type-var]
            async for event in events:
                yield ServerSentEvent(event=event.type, id=str(event.number), data=event.data)
    except NotFound:
        log.info("job %s was deleted while somebody listened to it", job_id)
    except SQLAlchemyError as error:
        # The client comes back by itself, with the number of the last event that it heard.
        log.warning("the events of job %s broke off: %s", job_id, error)
    finally:
        use.metrics.sse_listeners.dec()
