"""Daily figures on the command line, in a laptop's installation."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, text
from tests.cli.conftest import Cli

from surtitle.db.models import PERSONAL_PROJECT


def today() -> date:
    return datetime.now(UTC).date()


def to_yesterday(cli: Cli) -> None:
    """Have what was done today be done yesterday."""
    engine = create_engine(f"sqlite:///{Path(cli.environment['SURTITLE_DATA_DIR']) / 'surtitle.db'}")
    with engine.begin() as connection:
        moved = "UPDATE kpi_events SET happened_at = datetime(happened_at, '-1 day')"
        assert connection.execute(text(moved)).rowcount == 2
    engine.dispose()


def test_a_laptops_work_is_counted_and_shown(cli: Cli, tone: Callable[..., Path]) -> None:
    assert cli("kpis", "show").stderr.startswith("No day is computed yet")
    assert cli("transcribe", tone(seconds=90.0)).returncode == 0
    to_yesterday(cli)
    yesterday = today() - timedelta(days=1)
    computed = cli("kpis", "compute", "--from", yesterday, "--to", yesterday)
    assert (computed.returncode, computed.stdout) == (0, f"{yesterday}: 1 project(s), 2 event(s)\n"), (
        computed.stderr
    )
    (document,) = json.loads(cli("kpis", "show", "--format", "json").stdout)
    assert (document["day"], document["project_id"]) == (str(yesterday), str(PERSONAL_PROJECT))
    assert (document["jobs_succeeded"], document["success_rate"], document["minutes_in"]) == (1, 1.0, 1.5)
    (row,) = csv.DictReader(cli("kpis", "show", "--format", "csv").stdout.splitlines())
    assert list(row) == list(document)
    assert row["minutes_in"] == "1.5"
    shown = cli("kpis", "show", "--project", "Personal").stdout
    assert str(PERSONAL_PROJECT) in shown
    assert cli("kpis", "show", "--from", today()).stdout == ""


def test_what_cannot_be_computed_is_refused(cli: Cli) -> None:
    refused = cli("kpis", "compute", "--from", today() + timedelta(days=2))
    assert (refused.returncode, "up to today" in refused.stderr) == (2, True), refused.stderr
    refused = cli("kpis", "compute", "--to", today())
    assert (refused.returncode, "--from" in refused.stderr) == (2, True), refused.stderr
    for engine, why in (("postgresql", "on SQLite"), ("spark", "on SQLite")):
        refused = cli("kpis", "compute", "--engine", engine)
        assert (refused.returncode, why in refused.stderr) == (2, True), refused.stderr
