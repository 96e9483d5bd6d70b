"""What can go wrong with a film, in words for the person who asked for it."""

from uuid import UUID

from surtitle.errors import Conflict, Invalid, NotFound


class NothingToTell(Invalid):
    """The prompt holds no word."""

    slug = "nothing-to-tell"

    def __init__(self) -> None:
        super().__init__(
            "The prompt holds no word that could be told: no letters and no figures. Write what the film "
            "is to say.",
            field="prompt",
        )


class FilmMediaGone(NotFound):
    """A picture or the music was deleted between the order and the work."""

    slug = "film-media-gone"

    def __init__(self, media_id: UUID) -> None:
        super().__init__(
            f"Media {media_id}, which this film is to use, was deleted meanwhile. Upload it again and start "
            "a new job."
        )


class FilmBegunElsewhere(Conflict):
    """A server was asked for the film, and has not been told yet that nobody wants it."""

    slug = "film-begun-elsewhere"

    def __init__(self, job_id: UUID, *, ended: bool) -> None:
        advice = "Try again in a minute." if ended else "Cancel the job first."
        super().__init__(
            f"Job {job_id} has asked a server for clips that may cost money, and they are still to be called "
            f"off there. {advice}",
            job_id=str(job_id),
        )
