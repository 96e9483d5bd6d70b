"""Where a piece of work comes from.

It goes along from the request through the job's row to the worker and its engine, so that the lines and spans
of all of them can be found together.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Self

_SAMPLED = 0x01
# https://www.w3.org/TR/trace-context/#traceparent-header: later versions may append, version ff is none.
_TRACEPARENT = re.compile(
    r"(?!ff)(?P<version>[0-9a-f]{2})-(?!0{32})(?P<trace_id>[0-9a-f]{32})-(?!0{16})(?P<span_id>[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?P<more>-.{0,200})?"
)


@dataclass(frozen=True, slots=True)
class TraceParent:
    """The header `traceparent` of W3C's Trace Context: 32 and 16 hexadecimal digits, neither all noughts."""

    trace_id: str
    span_id: str
    sampled: bool = False

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        """None for what is no `traceparent`: as the standard has it, a trace then begins here."""
        found = _TRACEPARENT.fullmatch(text or "")
        if found is None or (found["more"] and found["version"] == "00"):
            return None
        return cls(found["trace_id"], found["span_id"], bool(int(found["flags"], 16) & _SAMPLED))

    @classmethod
    def begun_here(cls) -> Self:
        # Noughts alone come up once in 2^64 times; the last bit is set for that.
        return cls(os.urandom(15).hex() + "01", os.urandom(7).hex() + "01")

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"


@dataclass(frozen=True, slots=True)
class Lineage:
    """The request that asked for some work, and the span that the work goes on from (`traceparent`)."""

    request_id: str | None = None
    traceparent: str | None = None


_CURRENT: ContextVar[Lineage] = ContextVar("surtitle_lineage", default=Lineage())  # noqa: B039 - it is frozen
# What lines carry of it: request_id, project_id, job_id, step, trace_id, span_id, as far as they are known.
_IDS: ContextVar[Mapping[str, str]] = ContextVar("surtitle_line_ids", default=MappingProxyType({}))


def current() -> Lineage:
    """What is done here and now comes from this."""
    return _CURRENT.get()


@contextmanager
def carried(lineage: Lineage, **ids: object) -> Iterator[None]:
    """What the block does comes from `lineage`; its lines carry that and `ids`, those that are not None."""
    parent = TraceParent.read(lineage.traceparent)
    told = {
        "request_id": lineage.request_id,
        "trace_id": parent.trace_id if parent else None,
        **ids,
    }
    known = {name: str(value) for name, value in told.items() if value is not None}
    came_from, ids_before = _CURRENT.set(lineage), _IDS.set({**_IDS.get(), **known})
    try:
        yield
    finally:
        # What was noted within was true of that work alone.
        _IDS.reset(ids_before)
        _CURRENT.reset(came_from)


@contextmanager
def within_span(traceparent: str, *, shown: bool) -> Iterator[None]:
    """What the block does goes on from this span. Its lines name the span where it is `shown` to anybody."""
    lineage = replace(current(), traceparent=traceparent)
    parent = TraceParent.read(traceparent)
    with carried(lineage, span_id=parent.span_id if shown and parent else None):
        yield


def note(**ids: object) -> None:
    """Have the lines from here to the end of the request or run carry these ids too."""
    if current() != Lineage():
        _IDS.set({**_IDS.get(), **{name: str(value) for name, value in ids.items()}})


def line_ids() -> Mapping[str, str]:
    """The ids that a line which is written here and now carries."""
    return _IDS.get()
