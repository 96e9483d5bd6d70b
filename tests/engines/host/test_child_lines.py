import asyncio
import contextlib
import logging
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.servers.otlp import Collector, collecting

from surtitle.config import TracingSettings
from surtitle.engines.errors import EngineDied, EngineFailed
from surtitle.engines.host import EngineHost
from surtitle.engines.host.lines import MARK, retold
from surtitle.observability.engine_output import ENGINE_OUTPUT
from surtitle.observability.lineage import Lineage, carried, line_ids
from surtitle.observability.tracing import opened_tracing

from .conftest import acting, hear

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TRACE, SPAN = PARENT.split("-")[1:3]
OURS = "surtitle.engines.scripted"


def lines(caplog: pytest.LogCaptureFixture, logger: str) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.name == logger]


async def test_a_line_of_the_child_carries_where_its_work_comes_from(
    host: EngineHost, sound: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for job in ("j-1", "j-2"):
        with carried(Lineage(f"r-{job}", PARENT), job_id=job, project_id="p-1"):
            await hear(host, acting("logs"), sound)
    await hear(host, acting("logs"), sound)
    await host.close()
    told = lines(caplog, OURS)
    assert [record.getMessage() for record in told] == [f"window {n}" for n in range(5)] * 3
    ids = [
        tuple(record.__dict__.get(name) for name in ("request_id", "job_id", "project_id", "trace_id"))
        for record in told
    ]
    assert (
        ids == [("r-j-1", "j-1", "p-1", TRACE)] * 5 + [("r-j-2", "j-2", "p-1", TRACE)] * 5 + [(None,) * 4] * 5
    )
    assert {record.levelname for record in told} == {"WARNING"}
    assert all(record.__dict__["engine_pid"] > 0 for record in told)


async def test_a_line_of_the_child_carries_nothing_of_whoever_started_it(
    host: EngineHost, sound: Path
) -> None:
    around: list[Mapping[str, str]] = []

    def look(_record: logging.LogRecord) -> bool:
        around.append(line_ids())
        return True

    ours = logging.getLogger(OURS)
    ours.addFilter(look)
    try:
        with carried(Lineage("r-1", PARENT), job_id="j-1"):
            await hear(host, acting("logs"), sound)
        await host.close()
    finally:
        ours.removeFilter(look)
    assert around == [{}] * 5, "what the line itself brings is all"


async def test_what_a_library_says_in_the_child_may_hold_what_was_said_and_is_kept_apart(
    host: EngineHost, sound: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await hear(host, acting("logs"), sound)
    await host.close()
    [first, *_] = lines(caplog, ENGINE_OUTPUT)
    assert first.getMessage() == "some.library: truncated: what was said"
    assert all("said" not in record.getMessage() for record in caplog.records if record.name != ENGINE_OUTPUT)


async def test_an_error_of_an_engine_is_logged_with_its_place_and_without_its_words(
    host: EngineHost, sound: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(EngineFailed, match="what was said"):
        await hear(host, acting("breaks-in-words"), sound)
    await host.close()
    elsewhere = [record for record in caplog.records if record.name != ENGINE_OUTPUT]
    told = "\n".join([*(record.getMessage() for record in elsewhere), *_exceptions(elsewhere)])
    assert "fake_engines.py" in told
    assert "fake_engines.Ours: [withheld: 13 characters]" in told
    assert "ValueError: [withheld: 13 characters]" in told
    assert "what was said" not in told.replace('Ours("what was said")', "")


def _exceptions(records: list[logging.LogRecord]) -> list[str]:
    return [record.__dict__["exception"] for record in records if "exception" in record.__dict__]


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"level": "x", "logger": "l", "line": "l", "ids": {}}', "not JSON", "\ud800"]
)
def test_a_mark_before_anything_else_is_no_line_of_ours(text: str) -> None:
    assert retold(text, 1) is None
    assert MARK == "\x1e"


async def heard(host: EngineHost, sound: Path, how: str) -> Collector:
    """What a collector was told of one piece of work for a traced request."""
    with collecting() as collector:
        async with opened_tracing(TracingSettings(endpoint=collector.url), "worker"):
            with carried(Lineage("r-1", PARENT)), contextlib.suppress(EngineDied, EngineFailed):
                await hear(host, acting(how), sound)
    return collector


async def test_the_trace_goes_on_in_the_child(
    host: EngineHost, sound: Path, caplog: pytest.LogCaptureFixture
) -> None:
    collector = await heard(host, sound, "logs")
    asked, load, work = (collector.named(f"engine {what}") for what in ("transcribe", "load", "work"))
    assert (asked.trace_id, asked.parent_id) == (TRACE, SPAN)
    assert asked.facts.items() >= {"surtitle.engine": "scripted", "surtitle.engine.device": "cpu"}.items()
    assert load.parent_id == work.parent_id == asked.span_id
    assert (
        asked.began_ns <= load.began_ns <= load.ended_ns <= work.began_ns <= work.ended_ns <= asked.ended_ns
    )
    assert load.facts["process.pid"] == work.facts["process.pid"] == host.facts.child_pid
    await host.close()
    assert {record.__dict__["span_id"] for record in lines(caplog, OURS)} == {asked.span_id}


@pytest.mark.parametrize(
    ("how", "kind", "parts"), [("breaks", "Ours", {"load", "work"}), ("dies", "EngineDied", set())]
)
async def test_a_span_of_work_that_failed_says_how(
    host: EngineHost, sound: Path, how: str, kind: str, parts: set[str]
) -> None:
    collector = await heard(host, sound, how)
    asked = collector.named("engine transcribe")
    assert (asked.failed, asked.facts["error.type"]) == (True, kind)
    assert {span.name for span in collector.spans} == {"engine transcribe"} | {
        f"engine {part}" for part in parts
    }


async def test_work_that_is_called_off_ends_its_span(host: EngineHost, sound: Path) -> None:
    with collecting() as collector:
        async with opened_tracing(TracingSettings(endpoint=collector.url), "worker"):
            work = asyncio.create_task(hear(host, acting("hangs"), sound))
            while host.facts.resident is None:  # noqa: ASYNC110 - the child tells nobody but its host
                await asyncio.sleep(0.02)
            work.cancel()
            await asyncio.wait({work})
    assert collector.named("engine transcribe").facts["surtitle.outcome"] == "stopped"
