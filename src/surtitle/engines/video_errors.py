"""What can go wrong with films that a server makes, known on both sides of the engine host.

A server's own words are not repeated: they may hold what we sent, the key too.
"""

from surtitle.engines.errors import EngineFailed
from surtitle.errors import Invalid, SurtitleError, Unavailable


class FalHasNoKey(Unavailable):
    """The engine `fal` was asked for, and this installation has no key of it."""

    slug = "fal-has-no-key"
    passing = False

    def __init__(self) -> None:
        super().__init__(
            "The engine 'fal' needs a key, and none is set. Make one at fal.ai (scope API) and set "
            "SURTITLE_FAL__API_KEY, or choose another engine.",
            field="engine",
        )


class FalAway(Unavailable):
    """fal does not answer, or has no room. Nothing was begun, or what was begun is found again."""

    slug = "fal-away"


class FalRefusesUs(Unavailable):
    """fal knows the key not, or it may not do this, or the account has nothing left."""

    slug = "fal-refuses"
    passing = False


class FalRefusesFilm(Invalid):
    """fal will not make this film."""

    slug = "fal-refuses-film"


class FalFailed(EngineFailed):
    """The model broke at fal. It does not charge for that, so the clip may be asked for again."""

    slug = "fal-failed"


class AnswerLost(Exception):
    """A clip was asked for and nobody knows whether fal took it: the connection broke, or it fell over."""


class FalRequestLost(SurtitleError):
    """A clip may be under way, and be paid for, that we cannot find. It is not asked for again by itself."""

    slug = "fal-request-lost"

    def __init__(self, model: str, sent_at: str) -> None:
        super().__init__(
            f"A clip was asked of fal's {model} at {sent_at} and its answer never came. It may have been "
            "made and charged, so it is not asked for a second time. Look at the requests in fal's "
            "dashboard, then start a new film.",
            model=model,
        )


class FalResultGone(SurtitleError):
    """The clip was made and paid, and fal has it no more."""

    slug = "fal-result-gone"

    def __init__(self, model: str, request_id: str) -> None:
        super().__init__(
            f"fal no longer has what its {model} made for this film (request {request_id}). It was charged, "
            "so it is not asked for a second time. Start a new film to have it made again.",
            model=model,
            request_id=request_id,
        )


class FalTooSlow(SurtitleError):
    """The clip was called off: it took longer than the installation allows."""

    slug = "fal-too-slow"

    def __init__(self, model: str, seconds: float) -> None:
        super().__init__(
            f"fal's {model} did not finish a clip within {seconds:.0f} s, and it was called off. Try another "
            "model, or set SURTITLE_FAL__TIMEOUT_SECONDS higher.",
            model=model,
        )


class AddressRefused(SurtitleError):
    """The address leads where nothing of ours may be fetched from."""

    slug = "address-refused"


class FileGone(SurtitleError):
    """The server has the file no more."""

    slug = "file-gone"


class FileAway(Unavailable):
    """The server does not answer for now."""

    slug = "file-away"


class NotAVideo(EngineFailed):
    """What a server sent is no MP4 and no WebM."""

    slug = "not-a-video"
    passing = False
