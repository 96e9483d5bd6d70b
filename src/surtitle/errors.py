"""The kinds of failure that a feature can report, free of any surface.

A feature derives its own errors from these; a surface maps each kind once
(REST: `api/problems.py`). A message says what happened, to what, and what to do next.
"""

from typing import ClassVar


class SurtitleError(Exception):
    """Base of every error that Surtitle raises on purpose.

    `slug` is the stable name of the error: the tail of the problem document's `type`,
    and the `kind` stored with a failed job.
    """

    slug: ClassVar[str] = "error"
    passing: ClassVar[bool] = False
    """Whether the same work may succeed when it is tried again later."""

    def __init__(self, message: str, **fields: object) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields


class Invalid(SurtitleError):
    """The request or the media cannot be worked on as given; trying again will not help."""

    slug = "invalid"


class NotFound(SurtitleError):
    """No such object, or none that the caller may know of."""

    slug = "not-found"


class Conflict(SurtitleError):
    """The object is not in a state that allows this."""

    slug = "conflict"


class Forbidden(SurtitleError):
    """The caller is known and may not do this."""

    slug = "forbidden"


class Unauthenticated(SurtitleError):
    """The caller did not say who it is, or did not prove it."""

    slug = "unauthenticated"


class QuotaExceeded(SurtitleError):
    """What the project may use is used up; more has to be granted first."""

    slug = "quota-exceeded"


class TooLarge(SurtitleError):
    """More bytes than the installation accepts."""

    slug = "too-large"


class Busy(SurtitleError):
    """No room for more work now; the same request may succeed later."""

    slug = "busy"
    passing = True

    def __init__(self, message: str, *, retry_after_seconds: int = 5, **fields: object) -> None:
        super().__init__(message, **fields)
        self.retry_after_seconds = retry_after_seconds


class StorageFull(SurtitleError):
    """The store or the disk has no room left."""

    slug = "storage-full"
    passing = True
    retry_after_seconds: ClassVar[int] = 60
    """Somebody has to free some space first; sooner it is not worth asking."""


class Unavailable(SurtitleError):
    """A part that the work needs is missing or away (a model, an extra, a server)."""

    slug = "unavailable"
    passing = True


class Away(Unavailable):
    """A server that everything needs (database, object store) does not answer for now.

    That is no fault of the work: a job that meets it waits, and loses no try.
    """

    slug = "away"
    retry_after_seconds: ClassVar[int] = 5
    for_callers: ClassVar[str] = (
        "A server that this installation needs does not answer. Try again in a few seconds."
    )
    """What people are told who do not run the installation; the message may name hosts."""
