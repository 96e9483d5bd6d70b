"""Tracebacks without what people said: of errors whose words may repeat it, only the kind and the place."""

import traceback
from collections.abc import Iterator

from surtitle.errors import Unavailable

# These speak of the machine and of the program, not of what it was given; of ours, others name files.
_SPEAK_OF_THE_MACHINE = (
    Unavailable,
    OSError,
    RuntimeError,
    TypeError,
    AttributeError,
    NameError,
    ImportError,
    MemoryError,
    EOFError,
)
_LIBRARIES_OF_MACHINES = ("sqlalchemy.", "asyncpg.", "httpx", "redis.", "obstore.", "taskiq.", "uvicorn.")
_MOST_CAUSES = 10


def written(error: BaseException, *, whole: bool = False) -> str:
    """The traceback with its causes. `whole`: with the words of every error."""
    if whole:
        return "".join(traceback.format_exception(error)).strip()
    return "".join(_lines(error, _MOST_CAUSES)).strip()


def _lines(error: BaseException, left: int) -> Iterator[str]:
    cause = error.__cause__
    context = None if error.__suppress_context__ else error.__context__
    before = cause or context
    if before is not None and left:
        yield from _lines(before, left - 1)
        how = "was the direct cause of" if cause is not None else "was being handled during"
        yield f"\nThe error above {how} this one:\n\n"
    if error.__traceback__ is not None:
        yield "Traceback (most recent call last):\n"
        yield from traceback.format_tb(error.__traceback__)
    yield f"{told(error)}\n"
    if isinstance(error, BaseExceptionGroup) and left:
        for number, one in enumerate(error.exceptions, 1):
            yield f"\n{number} of {len(error.exceptions)} in the group:\n"
            yield from _lines(one, left - 1)


def told(error: BaseException) -> str:
    """One line: the kind of error, and its words where they cannot be a person's."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    words = str(error)
    if not words:
        return name
    return f"{name}: {words if _speaks_of_the_machine(error) else f'[withheld: {len(words)} characters]'}"


def _speaks_of_the_machine(error: BaseException) -> bool:
    return isinstance(error, _SPEAK_OF_THE_MACHINE) or any(
        kind.__module__.startswith(_LIBRARIES_OF_MACHINES) for kind in type(error).__mro__
    )
