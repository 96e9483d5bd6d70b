"""A worker's figures, told by a real worker to whoever may read them."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.api.installation import parts_for
from tests.cli.conftest import Cli, wait_until
from tests.server import free_port

from surtitle.bootstrap.worker_metrics import metrics_told
from surtitle.config import MetricsSettings, ServerSettings, Settings
from surtitle.errors import Invalid, Unavailable

TOKEN = "of-prometheus"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where a worker with a token tells its figures."""
    folder, port = tmp_path_factory.mktemp("watched"), free_port()
    own = {name: value for name, value in os.environ.items() if not name.startswith("SURTITLE_")}
    worker = Cli(
        folder,
        own
        | {
            "SURTITLE_DATA_DIR": str(folder / "data"),
            "SURTITLE_METRICS__WORKER_PORT": str(port),
            "SURTITLE_SERVER__METRICS_TOKEN": TOKEN,
        },
    )
    process = worker.start("worker", "--slots", "2")
    wait_until(
        lambda: process.poll() is not None or _answer(port) is not None, "the worker tells its figures"
    )
    yield port
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 0


def _answer(port: int, path: str = "/metrics", **headers: str) -> httpx.Response | None:
    try:
        return httpx.get(f"http://127.0.0.1:{port}{path}", headers=headers, trust_env=False)
    except httpx.TransportError:
        return None


def figures(port: int) -> dict[tuple[str, str], float]:
    """By name and what its labels say."""
    answer = _answer(port, authorization=f"Bearer {TOKEN}")
    assert answer is not None
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, ",".join(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_a_worker_tells_what_it_did(port: int) -> None:
    told = figures(port)
    assert told["surtitle_worker_slots", "idle"] == 2
    assert told["surtitle_worker_slots", "busy"] == 0
    assert told["surtitle_job_runs_total", "succeeded,transcript"] == 0
    assert told["surtitle_disk_size_bytes", "data"] > told["surtitle_disk_free_bytes", "data"] > 0
    assert told["process_resident_memory_bytes", ""] > 2**20

    done = ("surtitle_schedule_last_success_timestamp_seconds", "media.sweep")
    wait_until(lambda: done in figures(port), "the worker has looked after a schedule")
    assert figures(port)[done] > time.time() - 600


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN])
def test_without_the_token_nothing_is_told(port: int, authorization: str) -> None:
    answer = _answer(port, authorization=authorization)
    assert answer is not None
    assert answer.status_code == 401
    assert "surtitle_worker" not in answer.text
    assert TOKEN not in answer.text


def test_there_is_nothing_else(port: int) -> None:
    for path in ("/", "/metrics/", "/health/live", "/api/jobs"):
        answer = _answer(port, path, authorization=f"Bearer {TOKEN}")
        assert answer is not None
        assert answer.status_code == 404


@asynccontextmanager
async def told_by(folder: Path, port: int, host: str = "127.0.0.1", **server: Any) -> AsyncIterator[None]:
    """A worker's figures, of a worker that does nothing else."""
    settings = Settings(
        data_dir=folder,
        metrics=MetricsSettings(worker_port=port, worker_host=host),
        server=ServerSettings(**server),
        _env_file=None,
    )
    parts = parts_for(settings)
    try:
        async with metrics_told(parts):
            yield
    finally:
        await parts.database.close()


@pytest.mark.parametrize(("host", "auth"), [("0.0.0.0", "personal"), ("127.0.0.1", "required")])
async def test_a_worker_does_not_open_its_figures_to_everybody(tmp_path: Path, host: str, auth: str) -> None:
    port = free_port()
    with pytest.raises(Invalid, match="SURTITLE_SERVER__METRICS_TOKEN"):
        async with told_by(tmp_path, port, host, auth=auth):
            pass
    assert await asyncio.to_thread(_answer, port) is None


async def test_a_port_that_is_taken_is_told_by_its_setting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        worker = told_by(tmp_path, taken.getsockname()[1])
        with pytest.raises(Unavailable, match="SURTITLE_METRICS__WORKER_PORT"):
            await worker.__aenter__()


async def test_on_ones_own_machine_no_token_is_needed_but_a_foreign_name_is_refused(tmp_path: Path) -> None:
    port = free_port()
    hosts = {
        "localhost:9": 200,
        "127.0.0.1": 200,
        "[::1]:80": 200,
        "[::1]": 200,
        "evil.example": 421,
        "a:1:2": 421,
    }
    async with told_by(tmp_path, port):
        for host, status in hosts.items():
            answer = await asyncio.to_thread(_answer, port, host=host)
            assert answer is not None
            assert answer.status_code == status, host
