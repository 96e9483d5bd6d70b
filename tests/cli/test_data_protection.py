"""The trail, erasures and the purge as an operator types them."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.cli.conftest import Cli

PURGE_SCRIPT = Path(__file__).parents[2] / "scripts" / "purge_jobs.py"


def database(cli: Cli) -> Path:
    return Path(cli.environment["SURTITLE_DATA_DIR"]) / "surtitle.db"


def test_the_trail_is_verified_and_a_change_in_it_is_found(cli: Cli) -> None:
    assert cli("admin", "create-user", "root@example.org", "--role", "admin", "--generate").returncode == 0
    whole = cli("admin", "audit", "verify")
    assert whole.returncode == 0, whole.stderr
    end = whole.stdout.split()[-1]
    assert cli("admin", "audit", "verify", "--known", end).returncode == 0
    with closing(sqlite3.connect(database(cli))) as connection, connection:
        connection.execute("DROP TRIGGER audit_events_are_not_changed")
        connection.execute("UPDATE audit_events SET action = 'nothing.happened' WHERE number = 1")
    broken = cli("admin", "audit", "verify")
    assert broken.returncode == 1
    assert "broken at event 1 (changed)" in broken.stderr
    assert cli("admin", "audit", "verify", "--known", "nonsense").returncode == 2


def test_the_trail_is_written_out(cli: Cli) -> None:
    assert cli("admin", "create-user", "root@example.org", "--generate").returncode == 0
    lines = [json.loads(line) for line in cli("admin", "audit", "export").stdout.splitlines()]
    assert "user.created" in [line["action"] for line in lines]
    assert cli("admin", "audit", "export", "--format", "csv").stdout.startswith("number,at,")
    assert cli("admin", "audit", "export", "--format", "xml").returncode == 2


def test_erasures_and_purges_with_nothing_to_do_say_so(cli: Cli) -> None:
    assert cli("admin", "erasures", "list").stdout == "Nobody was erased.\n"
    assert json.loads(cli("admin", "erasures", "replay", "--json").stdout) == {"items": []}
    assert cli("purge", "--older-than", "30", "--dry-run").stdout == "Nothing is older than 30 days.\n"
    script = subprocess.run(
        [sys.executable, PURGE_SCRIPT, "--older-than", "30"],
        capture_output=True, text=True, env=cli.environment, cwd=cli.folder, check=False,
    )  # fmt: skip
    assert (script.returncode, script.stdout) == (0, "Nothing is older than 30 days.\n")
