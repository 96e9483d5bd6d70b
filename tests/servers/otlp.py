"""A collector of traces: OTLP over HTTP on a port of this machine, read by OpenTelemetry's own protocol."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True)
class TakenSpan:
    """One span as it came over the wire."""

    name: str
    kind: int
    trace_id: str
    span_id: str
    parent_id: str
    service: str
    failed: bool
    began_ns: int
    ended_ns: int
    facts: dict[str, str | int | float | bool]
    events: int


@dataclass
class Collector:
    """What was sent so far. `raw` is the bytes of all requests, unpacked."""

    url: str
    spans: list[TakenSpan] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    raw: bytes = b""
    answers: int = 200

    def named(self, name: str) -> TakenSpan:
        [span] = [span for span in self.spans if span.name == name]
        return span

    def take(self, body: bytes) -> None:
        self.raw += body
        request = ExportTraceServiceRequest.FromString(body)
        for resource_spans in request.resource_spans:
            facts = {item.key: item.value.string_value for item in resource_spans.resource.attributes}
            for scope_spans in resource_spans.scope_spans:
                self.spans += [_taken(span, facts["service.name"]) for span in scope_spans.spans]


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector while the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            assert self.path == "/v1/traces", self.path
            assert self.headers["content-type"] == "application/x-protobuf"
            collector.headers.append({name.lower(): value for name, value in self.headers.items()})
            if collector.answers == 200:
                collector.take(body)
            self.send_response(collector.answers)
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector = Collector(f"http://127.0.0.1:{server.server_port}")
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    serving.start()
    try:
        yield collector
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def _taken(span: Span, service: str) -> TakenSpan:
    told = {item.key: _plain(item.value) for item in span.attributes}
    return TakenSpan(
        name=span.name,
        kind=span.kind,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        service=service,
        failed=span.status.code == 2,
        began_ns=span.start_time_unix_nano,
        ended_ns=span.end_time_unix_nano,
        facts=told,
        events=len(span.events),
    )


def _plain(value: AnyValue) -> str | int | float | bool:
    plain: str | int | float | bool = getattr(value, value.WhichOneof("value") or "string_value")
    return plain
