import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Cli, assert_gone, descendants, wait_until

from surtitle.bootstrap.installation import opened
from surtitle.config import EngineSettings, Settings
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.jobs.acceptance import NewJob

PLUGIN = "patient_engine:Patient"
ENGINE = """
import time
from pathlib import Path

class Patient:
    def transcribe(self, audio_path):
        while not Path("go").exists():
            time.sleep(0.02)
        return {"segments": []}
"""


@pytest.fixture
def patient(cli: Cli) -> dict[str, str]:
    """Settings for an engine that waits for a file called `go`."""
    (cli.folder / "patient_engine.py").write_text(ENGINE)
    return {
        "PYTHONPATH": str(cli.folder),
        "SURTITLE_ENGINES__TRANSCRIBER": "plugin",
        "SURTITLE_ENGINES__PLUGIN": PLUGIN,
    }


def queue_jobs(cli: Cli, recording: Path, number: int) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield recording.read_bytes()

    async def bring() -> None:
        engines = EngineSettings(transcriber="plugin", plugin=PLUGIN)
        settings = Settings(data_dir=Path(cli.environment["SURTITLE_DATA_DIR"]), engines=engines)
        async with opened(settings) as parts:
            media = await parts.media.receive(PERSONAL_PROJECT, recording.name, pieces(), content_length=None)
            for _ in range(number):
                await parts.jobs.create(NewJob(PERSONAL_PROJECT, "transcript", media.id))

    asyncio.run(bring())


def told(cli: Cli, *command: str) -> list[dict[str, Any]]:
    done = cli(*command, "--json")
    assert done.returncode == 0, done.stderr
    listed: list[dict[str, Any]] = json.loads(done.stdout)
    return listed


def test_a_worker_runs_as_many_jobs_as_it_has_slots_and_hands_all_back_at_once(
    cli: Cli, tone: Callable[..., Path], patient: dict[str, str]
) -> None:
    queue_jobs(cli, tone(), 3)
    # At once is sooner than the jobs may run on.
    patient["SURTITLE_JOBS__GRACE_SECONDS"] = "600"
    worker = cli.start("worker", "--slots", "2", "--queue", "cpu", "--queue", "night", **patient)
    wait_until(lambda: len(descendants(worker)) == 2, "an engine for each slot")
    wait_until(lambda: [len(one["jobs"]) for one in told(cli, "workers")] == [2], "both are listed")
    (listed,) = told(cli, "workers")
    assert (listed["pid"], listed["queues"], listed["slots"]) == (worker.pid, ["cpu", "night"], 2)
    assert "plugin" in listed["engines"]
    (cpu, _gpu, night) = told(cli, "queues", "list")
    assert (cpu["queued"], cpu["running"], cpu["slots"], night["slots"]) == (1, 2, 2, 2)

    assert "2 job(s) run on, 1 wait" in cli("queues", "pause", "cpu").stdout
    children = descendants(worker)
    worker.send_signal(signal.SIGINT)
    assert worker.wait(timeout=90) == 0
    assert_gone(children)
    (cpu, *_others) = told(cli, "queues", "list")
    assert (cpu["queued"], cpu["running"], cpu["paused_at"] is not None) == (3, 0, True)


def test_a_stopping_worker_lets_the_jobs_of_all_its_slots_end(
    cli: Cli, tone: Callable[..., Path], patient: dict[str, str]
) -> None:
    queue_jobs(cli, tone(), 2)
    worker = cli.start("worker", "--slots", "2", **patient)
    wait_until(lambda: len(descendants(worker)) == 2, "an engine for each slot")
    worker.send_signal(signal.SIGTERM)
    (cli.folder / "go").touch()
    assert worker.wait(timeout=60) == 0
    done = json.loads(cli("jobs", "list", "--json").stdout)["items"]
    assert [job["state"] for job in done] == ["succeeded", "succeeded"]


def test_a_queue_that_is_not_there_is_named_with_those_that_are(cli: Cli) -> None:
    done = cli("queues", "pause", "cpo")
    assert done.returncode == 2
    assert "there are cpu, gpu" in done.stderr
