"""Why minutes were not written; what was extracted stays."""

from surtitle.errors import Unavailable


class MinutesNotWritten(Unavailable):
    """The writer would fail again in the same way."""

    slug = "minutes-not-written"
    passing = False

    def __init__(self, why: str) -> None:
        super().__init__(
            f"{why} The minutes are sentences picked from the recording instead. When it is mended, do this "
            "step again: `POST /api/jobs/ID/steps/minutes/retry`."
        )


class MinutesNotWrittenYet(MinutesNotWritten):
    """The writer may be there again soon."""

    passing = True
