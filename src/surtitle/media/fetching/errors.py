"""What can go wrong with fetching a recording from a URL."""

from uuid import UUID

from surtitle.errors import Busy, Conflict, Invalid, NotFound, Unavailable


class FetchNotFound(NotFound):
    slug = "fetch-not-found"

    def __init__(self, fetch_id: UUID) -> None:
        super().__init__(f"There is no fetch {fetch_id}. It may be so old that it was forgotten.")


class FetchesOff(Conflict):
    """This installation fetches nothing from URLs."""

    slug = "fetches-off"

    def __init__(self) -> None:
        super().__init__(
            "This installation fetches no recordings from URLs. Send the recording by `/api/media` or "
            "`/api/uploads`; who runs it can set SURTITLE_FETCH__ENABLED."
        )


class SitesOff(Conflict):
    """This installation fetches nothing from the pages of video sites."""

    slug = "sites-off"

    def __init__(self, why: str) -> None:
        super().__init__(f"This installation fetches nothing from pages of video sites: {why}")


class FetchEnded(Conflict):
    """The fetch has come to its end already, or another worker has it."""

    slug = "fetch-ended"

    def __init__(self, fetch_id: UUID) -> None:
        super().__init__(f"Fetch {fetch_id} has ended already.")


class TooManyFetches(Busy):
    """Too many fetches of the project are unfinished."""

    slug = "too-many-fetches"

    def __init__(self, count: int) -> None:
        super().__init__(
            f"{count} fetches of this project are unfinished. Wait for some, or cancel them.",
            retry_after_seconds=60,
        )


class ServerRefused(Invalid):
    """The server of the URL does not hand the recording out."""

    slug = "fetch-refused"


class NoRecordingThere(Invalid):
    """What the URL leads to is no recording, by what its server says."""

    slug = "fetch-no-recording"


class ServerBusy(Unavailable):
    """The server of the URL is out of order, or asks us to come back later."""

    slug = "fetch-server-busy"

    def __init__(self, message: str, wait_seconds: float | None = None) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds
