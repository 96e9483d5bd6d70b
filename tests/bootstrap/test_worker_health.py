"""A worker's health, told by a real worker and asked for by the real command."""

from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from tests.cli.conftest import Cli, cli, wait_until
from tests.server import free_port

__all__ = ["cli"]  # a fixture of another folder


@pytest.fixture
def port(cli: Cli) -> Iterator[int]:
    """Where the one worker of this installation tells its health."""
    port = free_port()
    cli.environment["SURTITLE_JOBS__HEALTH_PORT"] = str(port)
    process = cli.start("worker")
    wait_until(lambda: process.poll() is not None or _answers(port), "the worker tells its health")
    yield port
    process.terminate()
    assert process.wait(timeout=60) == 0


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/live", trust_env=False).is_success
    except httpx.TransportError:
        return False


def test_a_worker_says_that_it_can_work_and_then_why_it_cannot(cli: Cli, port: int) -> None:
    asked = cli("worker", "health")
    assert (asked.returncode, asked.stdout) == (0, "ready\n")

    store = cli.folder.parent / "data" / "files"
    store.rename(store.with_name("away"))
    store.touch()
    with closing(httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False)) as client:
        wait_until(lambda: client.get("/health/ready").is_error, "it is not ready")
        told = client.get("/health/ready")
        assert told.status_code == 503
        assert [check["name"] for check in told.json()["checks"] if not check["ready"]] == ["store"]
        assert client.get("/health/live").is_success
        assert client.get("/elsewhere").status_code == 404
    asked = cli("worker", "health")
    assert asked.returncode == 1
    assert "store" in asked.stderr


def test_no_worker_is_told_apart_from_no_port(cli: Cli) -> None:
    assert cli("worker", "health").returncode == 2
    asked = cli("worker", "health", "--port", free_port())
    assert asked.returncode == 1
    assert "Nobody answers at" in asked.stderr
