"""What a job cannot give, because it makes no such thing or did without the step that does."""

from uuid import UUID

from surtitle.domain.recipes import MEETING
from surtitle.errors import Conflict, NotFound


class NoMinutes(NotFound):
    """The job's recipe makes no minutes, or it was told to make none."""

    slug = "no-minutes"

    def __init__(self, job_id: UUID, recipe: str) -> None:
        super().__init__(
            f"Job {job_id} ({recipe}) makes no minutes. Start one with the recipe {MEETING!r}, and leave its "
            "option `minutes.enabled` on.",
            job_id=str(job_id),
        )


class SpeakersNotToldApart(Conflict):
    """There are no turns: nobody was told apart, and no person has said since who speaks.

    `why` is a sentence.
    """

    slug = "speakers-not-told-apart"

    def __init__(self, job_id: UUID, why: str, advice: str) -> None:
        super().__init__(f"The speakers of job {job_id} were not told apart. {why} {advice}")
        self.why = why
