import asyncio
import subprocess
import sys
import time

import pytest
from pydantic import ValidationError
from tests.servers.otlp import collecting

from surtitle.config import TracingSettings
from surtitle.observability import tracing
from surtitle.observability.lineage import Lineage, TraceParent, carried, current
from surtitle.observability.tracing import Fact, Kind, opened_tracing, outgoing_headers

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CALLER = Lineage("r-1", f"00-{TRACE}-{SPAN}-01")

SERVER, CLIENT, CONSUMER = 2, 3, 5

PROGRAM = """
import sys
import surtitle.bootstrap.api, surtitle.bootstrap.worker, surtitle.engines.host.child
loaded = [name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter"))]
assert not loaded, loaded
"""


async def test_where_nothing_is_traced_the_callers_trace_is_handed_on_and_nobody_outside_is_told() -> None:
    async with opened_tracing(TracingSettings(), "api"):
        assert not tracing.is_on()
        with carried(CALLER), tracing.span("work") as span:
            assert span.traceparent == CALLER.traceparent == current().traceparent
            assert outgoing_headers() == {}
        with carried(Lineage("r-2")), tracing.span("work"):
            begun = current().traceparent
            with tracing.span("part of it"):
                assert current().traceparent == begun
        assert TraceParent.read(begun) is not None


def test_opentelemetry_is_not_imported_where_nothing_is_traced() -> None:
    subprocess.run([sys.executable, "-c", PROGRAM], check=True, timeout=120)


async def test_spans_reach_the_collector_with_their_parents_and_facts() -> None:
    settings_of = {"headers": "authorization=Basic abc=, x-scope = team"}
    with collecting() as collector:
        settings = TracingSettings.model_validate({"endpoint": collector.url, **settings_of})
        async with opened_tracing(settings, "worker"):
            with carried(CALLER), tracing.span("whole", kind=Kind.SERVER, facts={Fact.JOB_ID: "j"}) as whole:
                whole.tell({Fact.STATUS: 200, Fact.MODEL: None}, name="GET /x")
                inner = tracing.begin("inner", kind=Kind.CLIENT)
                inner.stretch("elsewhere", 10**18, 10**18 + 5, {Fact.PROCESS: 7})
                inner.end()
                inner.end()
                [(name, told)] = outgoing_headers().items()
            with tracing.span("unasked", quiet=True):
                pass
        assert not tracing.is_on()
    whole_span, inner_span, elsewhere = map(collector.named, ("GET /x", "inner", "elsewhere"))
    assert len(collector.spans) == 3
    assert (whole_span.trace_id, whole_span.parent_id, whole_span.kind) == (TRACE, SPAN, SERVER)
    assert (inner_span.parent_id, inner_span.kind) == (whole_span.span_id, CLIENT)
    assert (elsewhere.parent_id, elsewhere.began_ns, elsewhere.ended_ns) == (
        inner_span.span_id,
        10**18,
        10**18 + 5,
    )
    assert whole_span.facts == {"surtitle.job.id": "j", "http.response.status_code": 200}
    assert (name, told) == ("traceparent", f"00-{TRACE}-{whole_span.span_id}-01")
    assert {span.service for span in collector.spans} == {"surtitle-worker"}
    assert collector.headers[0]["authorization"] == "Basic abc="
    assert collector.headers[0]["x-scope"] == "team"


async def test_an_error_is_told_by_its_kind_and_never_in_its_words() -> None:
    with collecting() as collector:
        async with opened_tracing(TracingSettings(endpoint=collector.url), "api"):
            with pytest.raises(ValueError, match="spoken"), tracing.span("broken"):
                raise ValueError("what was spoken")
            with pytest.raises(asyncio.CancelledError), tracing.span("stopped"):
                raise asyncio.CancelledError
    broken, stopped = collector.named("broken"), collector.named("stopped")
    assert (broken.failed, broken.facts, broken.events) == (True, {"error.type": "ValueError"}, 0)
    assert (stopped.failed, stopped.facts) == (False, {"surtitle.outcome": "stopped"})
    assert b"spoken" not in collector.raw


async def test_the_share_that_is_traced_is_decided_alike_wherever_a_trace_passes() -> None:
    low, high = f"00-{'0' * 31}1-{SPAN}-01", f"00-{'f' * 32}-{SPAN}-01"
    with collecting() as collector:
        async with opened_tracing(TracingSettings(endpoint=collector.url, sample_ratio=0.5), "api"):
            for parent in (low, high, low.replace("-01", "-00")):
                with carried(Lineage(None, parent)), tracing.span(parent):
                    assert outgoing_headers()["traceparent"].endswith("-01") is (parent == low)
    assert [span.name for span in collector.spans] == [low]


async def test_a_collector_that_is_away_holds_nothing_up() -> None:
    with collecting() as collector:
        collector.answers = 503
        began = time.monotonic()
        async with opened_tracing(TracingSettings(endpoint=collector.url), "api"):
            with tracing.span("lost"):
                pass
        assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("endpoint", "sent_to"),
    [
        ("http://localhost:4318", "http://localhost:4318/v1/traces"),
        ("https://c.example.org/", "https://c.example.org/v1/traces"),
        ("https://c.example.org/otlp/v1/traces", "https://c.example.org/otlp/v1/traces"),
        ("", None),
    ],
)
def test_the_path_may_be_left_out(endpoint: str, sent_to: str | None) -> None:
    assert TracingSettings(endpoint=endpoint).endpoint == sent_to


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "localhost:4318"},
        {"endpoint": "grpc://localhost:4317"},
        {"endpoint": "https://user:secret@c.example.org"},
        {"headers": "authorization"},
        {"sample_ratio": 1.5},
    ],
)
def test_what_could_not_work_is_refused_at_the_start(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TracingSettings.model_validate(wrong)
