"""Two versions on one database, as in the middle of a rolling upgrade: expand, then contract."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from tests.cli.conftest import Cli, cli, tone, wait_until
from tests.fakes.next_program import head, next_program
from tests.server import Server

__all__ = ["cli", "tone"]  # fixtures of another folder


@pytest.fixture
def shared(cli: Cli, migrated_url: str, tmp_path: Path) -> dict[str, str]:
    """What all processes of the installation are told: its database and its store."""
    variables = {
        "SURTITLE_DATABASE_URL": migrated_url,
        "SURTITLE_STORAGE_URL": (tmp_path / "store").as_uri(),
        "SURTITLE_ENGINES__TRANSCRIBER": "dummy",
        "SURTITLE_JOBS__POLL_SECONDS": "0.2",
    }
    cli.environment |= variables
    return variables


def queues_served(server: Server) -> set[str]:
    told = httpx.get(f"{server.url}/api/admin/workers", trust_env=False).raise_for_status().json()
    return {queue for worker in told["items"] for queue in worker["queues"]}


def test_old_and_new_programs_work_on_one_database_while_they_are_exchanged(
    cli: Cli, shared: dict[str, str], tone: Callable[..., Path], tmp_path: Path
) -> None:
    later = next_program(tmp_path / "later", serves=head())
    with Server(tmp_path / "server", SURTITLE_SERVER__WORKERS="0", **shared) as server:
        before = server.upload(tone())
        upgraded = cli("db", "upgrade", **later)
        assert upgraded.returncode == 0, upgraded.stderr
        # Started on tables that are newer than it is, as a container is that moves to another machine.
        cli.start("worker", "--queue", "cpu")
        cli.start("worker", "--queue", "gpu", **later)
        wait_until(lambda: queues_served(server) == {"cpu", "gpu"}, "an old and a new worker")
        for queue in ("cpu", "gpu"):
            job = server.wait(server.begin(recipe="transcript", media_id=before, queue=queue))
            assert job["state"] == "succeeded", job


def test_a_program_that_is_served_no_more_says_which_one_is_needed(cli: Cli, tmp_path: Path) -> None:
    contracted = next_program(tmp_path / "later", serves="9001")
    assert cli("db", "upgrade", **contracted).returncode == 0
    refused = cli("worker")
    assert refused.returncode == 1
    assert "programs that came with version 9001 or later" in refused.stderr
    assert "Traceback" not in refused.stderr
