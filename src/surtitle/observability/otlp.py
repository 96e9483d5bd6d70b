"""Spans recorded with OpenTelemetry and sent by OTLP over HTTP. Imported only where that is switched on."""

import os
import socket
import threading

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
)

import surtitle
from surtitle.config import TracingSettings
from surtitle.config.tracing import pairs
from surtitle.observability.lineage import TraceParent
from surtitle.observability.tracing import Fact, Facts, Kind

_EXPORT_SECONDS = 5.0
_MAY_END_SECONDS = 3.0
_EVERY_MILLISECONDS = 2000.0
# Ids, names of engines and of routes: nothing of ours is longer.
_ANY_TEXT = 200


class OtlpTracer:
    """A `tracing.Tracer`. Sends in a thread of its own: a collector that is away holds nothing up."""

    records = True

    def __init__(self, settings: TracingSettings, role: str) -> None:
        exporter = OTLPSpanExporter(
            endpoint=settings.endpoint,
            headers=pairs(settings.headers),
            timeout=_EXPORT_SECONDS,
            compression=Compression.Gzip,
        )
        ratio = TraceIdRatioBased(settings.sample_ratio)
        self._provider = TracerProvider(
            # Decided by the trace's id, and so alike in every process that the trace passes.
            sampler=ParentBased(ratio, remote_parent_sampled=ratio, remote_parent_not_sampled=ALWAYS_OFF),
            resource=_resource(role),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(exporter, schedule_delay_millis=_EVERY_MILLISECONDS)
        )
        self._tracer = self._provider.get_tracer("surtitle", surtitle.__version__)

    def begin(self, name: str, kind: Kind, parent: TraceParent | None, facts: Facts) -> "OtlpSpan":
        context = _context(parent) if parent is not None else trace.set_span_in_context(trace.INVALID_SPAN)
        span = self._tracer.start_span(name, context, SpanKind[kind], _attributes(facts))
        return OtlpSpan(span, self._tracer)

    def close(self) -> None:
        # Its own end would wait half a minute for a collector that is away.
        ending = threading.Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        ending.join(_MAY_END_SECONDS)


class OtlpSpan:
    """A `tracing.Span`."""

    def __init__(self, span: trace.Span, tracer: trace.Tracer) -> None:
        self._span = span
        self._tracer = tracer
        self._is_over = False

    @property
    def traceparent(self) -> str:
        context = self._span.get_span_context()
        return str(
            TraceParent(
                trace.format_trace_id(context.trace_id),
                trace.format_span_id(context.span_id),
                context.trace_flags.sampled,
            )
        )

    def tell(self, facts: Facts, name: str | None = None) -> None:
        self._span.set_attributes(_attributes(facts))
        if name is not None:
            self._span.update_name(name)

    def failed(self, error_type: str) -> None:
        self._span.set_attribute(Fact.ERROR, error_type)
        self._span.set_status(Status(StatusCode.ERROR))

    def stretch(self, name: str, began_ns: int, ended_ns: int, facts: Facts) -> None:
        context = trace.set_span_in_context(self._span)
        part = self._tracer.start_span(name, context, attributes=_attributes(facts), start_time=began_ns)
        part.end(ended_ns)

    def end(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._span.end()


def _resource(role: str) -> Resource:
    return Resource.create(
        {
            "service.name": f"surtitle-{role}",
            "service.namespace": "surtitle",
            "service.version": surtitle.__version__,
            "service.instance.id": f"{socket.gethostname()}:{os.getpid()}",
        }
    )


def _context(parent: TraceParent) -> Context:
    flags = TraceFlags(TraceFlags.SAMPLED if parent.sampled else TraceFlags.DEFAULT)
    ids = int(parent.trace_id, 16), int(parent.span_id, 16)
    came_from = SpanContext(*ids, is_remote=True, trace_flags=flags)
    return trace.set_span_in_context(NonRecordingSpan(came_from))


def _attributes(facts: Facts) -> dict[str, str | bool | int | float]:
    return {
        name.value: value[:_ANY_TEXT] if isinstance(value, str) else value
        for name, value in facts.items()
        if value is not None
    }
