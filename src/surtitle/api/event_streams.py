"""A job's events as a stream of server-sent events, from any point on: shared by every dialect."""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Query
from fastapi.sse import ServerSentEvent
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from surtitle.api.access import ReadsProject
from surtitle.api.dependencies import Use
from surtitle.api.services import Services
from surtitle.errors import NotFound
from surtitle.jobs.events import Event

log = logging.getLogger(__name__)

_RETRY_MS = 2000
_MAX_NUMBER = 10**9

Telling = Callable[[Event], Awaitable[ServerSentEvent | None]]
"""How a dialect tells one event of a job; None for what its clients do not know."""


async def starting_point(
    job_id: UUID,
    use: Use,
    project: ReadsProject,
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
    if not await use.jobs.has_more(project, job_id, number):
        # Tells a browser's EventSource to stop coming back.
        raise HTTPException(204)
    return number


After = Annotated[int, Depends(starting_point)]


async def followed(
    use: Services, job_id: UUID, after: int, tell: Telling
) -> AsyncGenerator[ServerSentEvent, None]:
    """What `tell` makes of the job's events above `after`; begins with the past, ends with the job.

    Close it (`aclosing`) when the client leaves: it counts listeners.
    """
    use.metrics.http.sse_listeners.inc()
    try:
        yield ServerSentEvent(comment="listening", retry=_RETRY_MS)
        async with aclosing(use.jobs.follow(job_id, after, drop_slow=True)) as events:
            async for event in events:
                if (told := await tell(event)) is not None:
                    yield told
    except NotFound:
        log.info("job %s was deleted while somebody listened to it", job_id)
    except SQLAlchemyError as error:
        # The client comes back by itself, with the number of the last event that it heard.
        log.warning("the events of job %s broke off: %s", job_id, error)
    finally:
        use.metrics.http.sse_listeners.dec()


def event_of(kind: str, event: Event, data: dict[str, Any]) -> ServerSentEvent:
    """`event` as a `kind` with `data` as its JSON; its number is what `Last-Event-ID` will carry."""
    return ServerSentEvent(event=kind, id=str(event.number), data=data)
