"""What a job cannot give, because it makes no such thing."""

from uuid import UUID

from surtitle.domain.recipes import MEETING
from surtitle.errors import NotFound


class NoMinutes(NotFound):
    """The job's recipe makes no minutes, or it was told to make none."""

    slug = "no-minutes"

    def __init__(self, job_id: UUID, recipe: str) -> None:
        super().__init__(
            f"Job {job_id} ({recipe}) makes no minutes. Start one with the recipe {MEETING!r}, and leave its "
            "option `minutes.enabled` on.",
            job_id=str(job_id),
        )
