"""Engines that ask a server of others tell of it, for whoever counts what that costs.

The child of the engine host listens, and passes it on. Where nobody does, nothing is told.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from surtitle.domain.cloud import CloudOutcome, CloudService, CloudUnit, CloudUse
from surtitle.errors import SurtitleError

_listener: ContextVar[Callable[[CloudUse], None] | None] = ContextVar("cloud_listener", default=None)


@contextmanager
def cloud_use_told_to(listener: Callable[[CloudUse], None]) -> Iterator[None]:
    """`listener` hears of each request while the block lasts, in the thread that made it."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell_cloud_use(use: CloudUse) -> None:
    """Told of with its outcome and what it is charged by; never with what was asked."""
    if (listener := _listener.get()) is not None:
        listener(use)


def outcome_of(error: SurtitleError) -> CloudOutcome:
    """A server that may answer another time is away; one that says no refuses."""
    return CloudOutcome.AWAY if error.passing else CloudOutcome.REFUSED


@contextmanager
def counted(
    service: CloudService, model: str, units: Mapping[CloudUnit, float] | None = None
) -> Iterator[None]:
    """The block is one request; `units` is what it is charged by if it is answered."""
    try:
        yield
    except SurtitleError as error:
        tell_cloud_use(CloudUse(service, model, outcome_of(error)))
        raise
    tell_cloud_use(CloudUse(service, model, CloudOutcome.ANSWERED, units or {}))
