"""Schedulers that run side by side and die: a task runs once each time that it is due."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.scheduler import SETTINGS
from tests.servers.postgresql import PostgresServer

SCHEDULERS = 3
SLOTS = 6
_ROOT = Path(__file__).parents[2]


@contextmanager
def schedulers(url: str, lines: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    command = [sys.executable, "-m", "tests.faults.scheduler", url, str(lines)]
    processes = [subprocess.Popen(command, cwd=_ROOT) for _ in range(SCHEDULERS)]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def wait_for(lines: Path, count: int) -> None:
    deadline = time.monotonic() + 120
    while len(run_by(lines)) < count:
        assert time.monotonic() < deadline, "the task is not run any more"
        time.sleep(0.02)


def run_by(lines: Path) -> list[str]:
    return lines.read_text().split() if lines.exists() else []


def slots(postgres: PostgresServer, url: str, what: str = "count(*)") -> int:
    return int(postgres.sql(f"SELECT {what} FROM schedules", url.rpartition("/")[2]))


def test_a_task_runs_once_a_slot_whoever_of_its_schedulers_is_killed(
    postgres: PostgresServer, migrated_url: str, tmp_path: Path
) -> None:
    lines = tmp_path / "lines"
    with schedulers(migrated_url, lines) as processes:
        wait_for(lines, SLOTS)
        first = int(run_by(lines)[-1])
        # In the middle of its task, or between two: its slot is taken over by another when its lease ends.
        next(process for process in processes if process.pid == first).kill()
        wait_for(lines, 2 * SLOTS)
        time.sleep(2 * SETTINGS.lease_seconds)
    ran, due = len(run_by(lines)), slots(postgres, migrated_url)
    # What was cut off is run again; and the last ones were killed a moment ago, too.
    assert due <= ran <= due + 1
    assert slots(postgres, migrated_url, "count(*) - count(finished_at)") <= SCHEDULERS
