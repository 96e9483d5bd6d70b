"""Answering when a job has ended, to a client that may hang up before."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

from fastapi import Request
from starlette.requests import ClientDisconnect

from surtitle.api.problems import status_of_slug
from surtitle.db.job_models import Job
from surtitle.domain.jobs import JobState
from surtitle.errors import SurtitleError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unsuccessful:
    """Why a job gave no result: HTTP status, slug of the error, and a sentence for people."""

    status: int
    slug: str
    message: str


def why_unsuccessful(job: Job) -> Unsuccessful:
    """Of a job that failed or was cancelled."""
    if job.state == JobState.CANCELLED:
        again = f"Job {job.id} was cancelled. Send the request again for a new one."
        return Unsuccessful(HTTPStatus.CONFLICT, "job-cancelled", again)
    slug = job.error_kind or SurtitleError.slug
    return Unsuccessful(status_of_slug(slug), slug, job.error_detail or f"Job {job.id} failed.")


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What `work` gives. Raises `ClientDisconnect` when the client hangs up first.

    To be called when the request's body has been read.
    """
    working, gone = asyncio.create_task(work), asyncio.create_task(_disconnected(request))
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        for task in (working, gone):
            task.cancel()
        await asyncio.gather(working, gone, return_exceptions=True)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
