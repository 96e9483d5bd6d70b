"""Spans: what was done when, as part of what, with ids and figures alone. Nothing is recorded unless
`opened_tracing` was given somewhere to send it; OpenTelemetry is imported only then.

with tracing.span("step transcription", facts={Fact.STEP: "transcription"}) as span: ...
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from enum import StrEnum
from typing import Protocol

from surtitle.config import TracingSettings
from surtitle.observability.lineage import Lineage, TraceParent, current, within_span


class Fact(StrEnum):
    """All that a span may tell beside its name and times. Words that people said, wrote or named files by are
    not among them, nor addresses with what stands behind their `?`.
    """

    METHOD = "http.request.method"
    ROUTE = "http.route"
    STATUS = "http.response.status_code"
    REQUEST_ID = "surtitle.request.id"
    PROJECT_ID = "surtitle.project.id"
    JOB_ID = "surtitle.job.id"
    RECIPE = "surtitle.job.recipe"
    ATTEMPT = "surtitle.job.attempt"
    STEP = "surtitle.step"
    OUTCOME = "surtitle.outcome"
    ENGINE = "surtitle.engine"
    MODEL = "surtitle.engine.model"
    DEVICE = "surtitle.engine.device"
    COMPUTE_TYPE = "surtitle.engine.compute_type"
    PROCESS = "process.pid"
    ERROR = "error.type"


Facts = Mapping[Fact, str | int | float | bool | None]
"""What is None is left out."""


class Kind(StrEnum):
    """What OpenTelemetry calls a span's kind."""

    SERVER = "SERVER"
    CONSUMER = "CONSUMER"
    CLIENT = "CLIENT"
    INTERNAL = "INTERNAL"


class Span(Protocol):
    """One stretch of work, until `end`."""

    @property
    def traceparent(self) -> str:
        """What is done as part of this goes on from here."""
        ...

    def tell(self, facts: Facts, name: str | None = None) -> None:
        """Add facts; `name` is a better name, for one that was not known at first."""
        ...

    def failed(self, error_type: str) -> None:
        """It ended badly. The kind of error alone: its message may hold what people said."""
        ...

    def stretch(self, name: str, began_ns: int, ended_ns: int, facts: Facts) -> None:
        """A part of this that another process measured; nanoseconds since 1970."""
        ...

    def end(self) -> None:
        """May be called again."""
        ...


class Tracer(Protocol):
    """Begins spans."""

    records: bool

    def begin(self, name: str, kind: Kind, parent: TraceParent | None, facts: Facts) -> Span: ...

    def close(self) -> None:
        """Send what is left, for a few seconds; may block."""
        ...


class _Unrecorded:
    """A span of which nobody is told."""

    def __init__(self, traceparent: str) -> None:
        self.traceparent = traceparent

    def tell(self, facts: Facts, name: str | None = None) -> None:
        return None

    def failed(self, error_type: str) -> None:
        return None

    def stretch(self, name: str, began_ns: int, ended_ns: int, facts: Facts) -> None:
        return None

    def end(self) -> None:
        return None


class _NoTracer:
    """Hands on where work comes from, and makes up a trace for what comes from nowhere: lines carry it."""

    records = False

    def begin(self, name: str, kind: Kind, parent: TraceParent | None, facts: Facts) -> Span:
        return _Unrecorded(str(parent or TraceParent.begun_here()))

    def close(self) -> None:
        return None


# Like the log, of which a process has one.
_active: list[Tracer] = [_NoTracer()]


def is_on() -> bool:
    """Whether spans are recorded."""
    return _active[-1].records


def begin(name: str, *, kind: Kind = Kind.INTERNAL, facts: Facts | None = None, quiet: bool = False) -> Span:
    """A span that the caller ends. By itself nothing becomes part of it: hand its `traceparent` on. A `quiet`
    one is not recorded.
    """
    came_from, tracer = current(), _active[0 if quiet else -1]
    return tracer.begin(name, kind, TraceParent.read(came_from.traceparent), facts or {})


@contextmanager
def span(
    name: str, *, kind: Kind = Kind.INTERNAL, facts: Facts | None = None, quiet: bool = False
) -> Iterator[Span]:
    """A span around the block; what the block begins is part of it, and its lines carry its ids.

    Not around the `yield` of an asynchronous generator, whose pieces run as parts of other work.
    """
    begun = begin(name, kind=kind, facts=facts, quiet=quiet)
    try:
        with within_span(begun.traceparent, shown=is_on() and not quiet):
            yield begun
    except asyncio.CancelledError:
        begun.tell({Fact.OUTCOME: "stopped"})
        raise
    except BaseException as error:
        begun.failed(type(error).__name__)
        raise
    finally:
        begun.end()


def outgoing_headers(lineage: Lineage | None = None) -> dict[str, str]:
    """Headers by which a server that we call can go on with the trace: of `lineage`, or of what is done here
    and now. Empty where nothing is traced.
    """
    parent = TraceParent.read((lineage or current()).traceparent)
    return {"traceparent": str(parent)} if parent is not None and is_on() else {}


@asynccontextmanager
async def opened_tracing(settings: TracingSettings, role: str) -> AsyncIterator[None]:
    """Record this process' spans while the block lasts, if the settings say where to send them.

    `role` is what the process is: `api`, `worker`.
    """
    if settings.endpoint is None:
        yield
        return
    from surtitle.observability.otlp import OtlpTracer  # noqa: PLC0415 - a tenth of a second, for those who want it

    tracer = OtlpTracer(settings, role)
    _active.append(tracer)
    try:
        yield
    finally:
        _active.remove(tracer)
        await asyncio.to_thread(tracer.close)
