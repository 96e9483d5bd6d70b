"""Recordings that a dialect takes in and works on in one request."""

from contextlib import suppress
from uuid import UUID

from fastapi import Request

from surtitle.api.services import Services
from surtitle.api.uploading import CheckFields, receive_fields, take_any
from surtitle.db.job_models import Job
from surtitle.db.models import Media
from surtitle.errors import Conflict, SurtitleError
from surtitle.jobs.acceptance import NewJob
from surtitle.media.errors import MediaInUse, MediaNotFound
from surtitle.media.multipart import Form


class FirstWasRefused(Conflict):
    """A repeat that came while the first request was refused, and its recording deleted."""

    slug = "first-was-refused"

    def __init__(self) -> None:
        super().__init__(
            "Another request with this Idempotency-Key was refused in the same moment, and the recording "
            "went with it. Send it again to be told why."
        )


async def taken_in(
    request: Request,
    use: Services,
    project_id: UUID,
    key: str | None,
    by: UUID | None,
    *,
    check: CheckFields = take_any,
) -> Form[Media]:
    """The recording that the form brings; that of the first request, where this one repeats it."""
    try:
        return await receive_fields(request, use.media, project_id, key, by, check=check)
    except MediaNotFound as error:
        raise FirstWasRefused from error


async def started(use: Services, wish: NewJob, idempotency_key: str | None) -> Job:
    """The job that is at the recording, which is deleted where the job is refused: the client learns no media
    id, so nobody could ever use or delete it.
    """
    try:
        return await use.jobs.create(wish, idempotency_key)
    except MediaNotFound as error:
        raise FirstWasRefused from error
    except SurtitleError:
        assert wish.media_id is not None, "it was just taken in"
        # A repeat's recording is the first request's, which may be at it or have deleted it.
        with suppress(MediaInUse, MediaNotFound):
            await use.media.delete(wish.project_id, wish.media_id)
        raise
