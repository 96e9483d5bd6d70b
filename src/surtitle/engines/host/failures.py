"""Exceptions that cross from the child to the host and stay what they were."""

import json
import logging
from collections.abc import Iterator

from pydantic import JsonValue

# Imported for what it defines: an error whose class is not known here is raised as its nearest base.
import surtitle.engines.video_errors  # noqa: F401
from surtitle.engines.errors import EngineFailed
from surtitle.engines.host.messages import Failed
from surtitle.errors import SurtitleError
from surtitle.observability.engine_output import ENGINE_OUTPUT
from surtitle.observability.tracebacks import written

log = logging.getLogger(__name__)
output = logging.getLogger(ENGINE_OUTPUT)

# CTranslate2, CUDA, cuBLAS, ONNX Runtime and the C++ library say it in their own words, as RuntimeError.
_MEMORY_PHRASES = (
    "out of memory",
    "bad_alloc",
    "cublas_status_alloc_failed",
    "failed to allocate memory",
    "cannot allocate memory",
)


def told(error: Exception) -> Failed:
    """`error`, raised in the child, as a message to the host."""
    return Failed(
        message=error.message if isinstance(error, SurtitleError) else f"{type(error).__name__}: {error}",
        classes=tuple(f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__),
        attributes=_of_class(error)
        | {name: value for name, value in vars(error).items() if _fits_json(value)},
        traceback=written(error),
        out_of_memory=is_out_of_memory(error),
    )


def understood(failed: Failed, engine: str) -> SurtitleError:
    """The error to raise in the host: the same class where it is one of ours, else `EngineFailed`."""
    known = {f"{kind.__module__}.{kind.__qualname__}": kind for kind in _subclasses(SurtitleError)}
    for name in failed.classes:
        if kind := known.get(name):
            return _rebuilt(kind, failed)
    log.error("Engine %s failed.\n%s", engine, failed.traceback)
    # Its own words may repeat what it was given.
    output.error("Engine %s: %s", engine, failed.message)
    return EngineFailed(f"The engine {engine} failed: {failed.message[:500]}", engine=engine)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that the device or the machine had no room."""
    if isinstance(error, MemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError | OSError) and any(phrase in text for phrase in _MEMORY_PHRASES)


def _rebuilt(kind: type[SurtitleError], failed: Failed) -> SurtitleError:
    # Subclasses have constructors of their own, so the error is put together from what it held.
    error = kind.__new__(kind, failed.message)
    SurtitleError.__init__(error, failed.message)
    vars(error).update(failed.attributes)
    return error


def _of_class(error: Exception) -> dict[str, JsonValue]:
    """What its class says of it: the host need not have imported that class."""
    return {"slug": error.slug, "passing": error.passing} if isinstance(error, SurtitleError) else {}


def _subclasses(kind: type[SurtitleError]) -> Iterator[type[SurtitleError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _subclasses(child)


def _fits_json(value: object) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True
