"""The real scheduler beside a real server that leaves the schedules to it."""

import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import httpx
from tests.cli.conftest import Cli, wait_until
from tests.server import Server, free_port

BEAT_SECONDS = 0.2


def schedules_told(server: Server) -> dict[str, Any]:
    told = httpx.get(f"{server.url}/health/ready", trust_env=False).json()
    checks: dict[str, dict[str, Any]] = {check["name"]: check for check in told["checks"]}
    return checks.get("schedules", {})


def runs(data_dir: Path) -> int:
    with sqlite3.connect(data_dir / "surtitle.db") as database:
        count: int = database.execute("SELECT count(*) FROM schedules").fetchone()[0]
        return count


def test_what_servers_and_workers_leave_to_the_scheduler_is_run_by_it_alone(cli: Cli) -> None:
    data_dir = Path(cli.environment["SURTITLE_DATA_DIR"])
    variables = {
        "SURTITLE_JOBS__SCHEDULES": "scheduler",
        "SURTITLE_JOBS__BEAT_SECONDS": str(BEAT_SECONDS),
    }
    port: dict[str, Any] = {"SURTITLE_JOBS__HEALTH_PORT": str(free_port())}
    with Server(data_dir, SURTITLE_ENGINES__TRANSCRIBER="dummy", **variables) as server:
        wait_until(lambda: "alive" in httpx.get(f"{server.url}/health/ready").text, "its worker lives")
        time.sleep(5 * BEAT_SECONDS)
        assert runs(data_dir) == 0
        told = schedules_told(server)
        assert (told["ready"], told["required"]) == (False, False)
        assert "surtitle scheduler" in told["detail"]

        scheduler = cli.start("scheduler", **variables, **port)
        wait_until(lambda: schedules_told(server)["ready"], "schedules are run", seconds=40)
        asked = cli("scheduler", "health", **port)
        assert (asked.returncode, asked.stdout) == (0, "ready\n"), asked.stderr
        scheduler.send_signal(signal.SIGTERM)
        assert scheduler.wait(timeout=60) == 0


def test_where_nobody_says_otherwise_the_server_looks_after_them_itself(cli: Cli) -> None:
    data_dir = Path(cli.environment["SURTITLE_DATA_DIR"])
    with Server(data_dir, SURTITLE_SERVER__WORKERS="0", SURTITLE_JOBS__BEAT_SECONDS="0.2") as server:
        wait_until(lambda: runs(data_dir) > 0, "schedules are run")
        assert schedules_told(server) == {}
