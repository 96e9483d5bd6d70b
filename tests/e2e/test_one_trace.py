"""One job through a real server and its worker: one trace, one request's id in every line, nobody's words."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.installation import wav
from tests.server import Server
from tests.servers.otlp import Collector, TakenSpan, collecting

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CALLER = {"X-Request-ID": "order-66", "traceparent": f"00-{TRACE}-{SPAN}-01"}
FILE_NAME = "Interview with Bob.wav"
SPOKEN = "rehearsal"  # the first sentence of the engine `dummy`


class Run:
    """What was told of one job."""

    def __init__(self, folder: Path) -> None:
        with collecting() as self.collector:
            variables = {
                "SURTITLE_TRACING__ENDPOINT": self.collector.url,
                "SURTITLE_LOG__FORMAT": "json",
                "SURTITLE_LOG__LEVEL": "debug",
                "SURTITLE_ENGINES__TRANSCRIBER": "dummy",
            }
            with Server(folder / "data", **variables) as server:
                self.job = _done(server, folder)
            self.log = server.log.read_text()
        self.lines: list[dict[str, Any]] = [
            json.loads(line) for line in self.log.splitlines() if line.startswith("{")
        ]

    def of_job(self, logger: str) -> list[dict[str, Any]]:
        return [
            line for line in self.lines if line["logger"] == logger and line.get("job_id") == self.job["id"]
        ]


def _done(server: Server, folder: Path) -> dict[str, Any]:
    recording = folder / FILE_NAME
    recording.write_bytes(wav(6.0))
    media_id = server.upload(recording)
    wish = {"recipe": "subtitles", "media_id": media_id}
    answer = httpx.post(f"{server.url}/api/jobs", json=wish, headers=CALLER, timeout=30)
    assert (answer.status_code, answer.headers["x-request-id"]) == (202, "order-66")
    job = server.wait(answer.json()["id"])
    assert job["state"] == "succeeded", job
    text = httpx.get(f"{server.url}/api/jobs/{job['id']}/result?format=txt", timeout=30).text
    assert SPOKEN in text
    return job


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Run(tmp_path_factory.mktemp("traced"))


def chain(collector: Collector, span: TakenSpan) -> list[str]:
    """The names of a span and of those above it."""
    by_id = {one.span_id: one for one in collector.spans}
    names = [span.name]
    while (above := by_id.get(span.parent_id)) is not None:
        span = above
        names.append(span.name)
    return [*names, span.parent_id]


def test_the_request_and_the_engine_in_its_own_process_are_of_one_trace(run: Run) -> None:
    [worked] = [
        span
        for span in run.collector.spans
        if span.name == "engine work"
        and span.trace_id == TRACE
        and "transcribe" in str(chain(run.collector, span))
    ]
    assert chain(run.collector, worked) == [
        "engine work", "engine transcribe", "step transcription", "job subtitles", "POST /api/jobs", SPAN,
    ]  # fmt: skip
    by_name = {span.name: span for span in run.collector.spans if span.trace_id == TRACE}
    assert by_name["POST /api/jobs"].service == "surtitle-api"
    assert {by_name[name].service for name in ("job subtitles", "step subtitles", "engine load")} == {
        "surtitle-worker"
    }
    job = by_name["job subtitles"]
    assert job.facts["surtitle.job.id"] == by_name["POST /api/jobs"].facts["surtitle.job.id"] == run.job["id"]
    assert (job.facts["surtitle.request.id"], job.facts["surtitle.outcome"]) == ("order-66", "done")
    assert not [span for span in run.collector.spans if span.failed or "/health" in span.name]


def test_the_lines_of_the_worker_carry_the_ids_of_the_request(run: Run) -> None:
    told = run.of_job("surtitle.jobs.run_told")
    assert [line["event"].partition(" in ")[0] for line in told] == [
        "step transcription done", "step subtitles done", f"job {run.job['id']} (subtitles, attempt 1) done",
    ]  # fmt: skip
    for line in told:
        ids = {"request_id": "order-66", "trace_id": TRACE}
        assert line.items() >= ids.items()
        assert line["project_id"]
        assert line["seconds"] >= 0
    [made] = [line for line in run.of_job("surtitle.api.traffic") if line["method"] == "POST"]
    assert (made["request_id"], made["route"], made["status"]) == ("order-66", "/api/jobs", 202)
    by_id = {span.span_id: span.name for span in run.collector.spans}
    assert [by_id[line["span_id"]] for line in told] == [
        "step transcription",
        "step subtitles",
        "job subtitles",
    ]


def test_neither_words_nor_names_of_files_are_in_lines_or_spans(run: Run) -> None:
    for text in (SPOKEN, "Bob"):
        assert text not in run.log
        assert text.encode() not in run.collector.raw
