"""Recordings that a dialect takes in and works on in one request."""

from contextlib import suppress

from surtitle.api.services import Services
from surtitle.db.job_models import Job
from surtitle.errors import Conflict, SurtitleError
from surtitle.jobs.acceptance import NewJob
from surtitle.media.errors import MediaInUse, MediaNotFound


class FirstWasRefused(Conflict):
    """A repeat that came while the first request was refused, and its recording deleted."""

    slug = "first-was-refused"

    def __init__(self) -> None:
        super().__init__(
            "Another request with this Idempotency-Key was refused in the same moment, and the recording "
            "went with it. Send it again to be told why."
        )


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
