"""What went wrong, for the log, which repeats nothing that people said."""

from pathlib import Path
from traceback import extract_tb

from surtitle.engines.errors import EngineFailed
from surtitle.errors import SurtitleError


def reason_of(error: Exception) -> str:
    """Errors that are not ours, and what an engine says or printed last, may repeat what was said: of those
    only the kind and the place.
    """
    if isinstance(error, SurtitleError) and not isinstance(error, EngineFailed):
        return error.message
    frames = extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return type(error).__name__ + place + (f", SQLSTATE {state}" if state else "")
