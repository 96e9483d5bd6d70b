"""Surtitle as its users meet it: a real `surtitle serve`, asked over HTTP."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from tests.server import Server

from benchmarks.materials import Materials

MODEL = "whisper-base"


@dataclass(frozen=True, slots=True)
class JobRun:
    """A job that succeeded. `ended` is of the clock `time.perf_counter`."""

    id: str
    seconds: float
    ended: float


@contextmanager
def cold_server(materials: Materials, name: str) -> Iterator[Server]:
    """A server with one worker and nothing loaded."""
    with Server(materials.folder / f"server-{name}") as server:
        yield server


@contextmanager
def warm_server(materials: Materials, name: str) -> Iterator[Server]:
    """A server whose worker has done a job: the model is loaded, all code is imported."""
    with cold_server(materials, name) as server:
        run_job(server, server.upload(materials.clip), "subtitles")
        yield server


def run_job(server: Server, media_id: str, recipe: str) -> JobRun:
    """A job from the moment that it is asked for to its `completed` event, as a client hears it."""
    began = time.perf_counter()
    job_id = begin_job(server, media_id, recipe)
    ended = wait_for_end(server, job_id)
    return JobRun(job_id, ended - began, ended)


def begin_job(server: Server, media_id: str, recipe: str) -> str:
    return server.begin(recipe=recipe, media_id=media_id, options={"model": MODEL})


def wait_for_end(server: Server, job_id: str) -> float:
    """When `completed` was heard. Listening, not polling: asking again and again would cost the job time."""
    url = f"{server.url}/api/jobs/{job_id}/events"
    with httpx.stream("GET", url, timeout=httpx.Timeout(30, read=None)) as events:
        for line in events.iter_lines():
            if line == "event: completed":
                return time.perf_counter()
    raise RuntimeError(f"the job did not succeed: {server.job(job_id)}")


def transcript_of(server: Server, job_id: str) -> str:
    """The words that a finished job heard."""
    answer = httpx.get(f"{server.url}/api/jobs/{job_id}/artifacts/transcript.json", timeout=30)
    document: dict[str, Any] = answer.raise_for_status().json()
    return " ".join(segment["text"] for segment in document["segments"])


def cancel(server: Server, job_id: str) -> None:
    httpx.post(f"{server.url}/api/jobs/{job_id}/cancel", timeout=30).raise_for_status()
