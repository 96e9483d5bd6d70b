"""The DAG in a real Airflow, which has a real Spark compute the figures."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.analytics.moments import event, happen, lines

from surtitle.clock import utc_now
from surtitle.db.engine import Database

ROOT = Path(__file__).resolve().parents[2]
# `make test-spark` makes it.
AIRFLOW = ROOT / ".spark" / "airflow" / "bin"
pytestmark = [
    pytest.mark.skipif(not AIRFLOW.exists(), reason="`make test-spark` installs Airflow"),
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
    pytest.mark.timeout(900),
]


@pytest.fixture
def surroundings(tmp_path: Path, database: Database) -> dict[str, str]:
    """What Airflow's own environment says: a home of its own, and where Surtitle's database is."""
    python_path = ROOT / ".spark" / "python"
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "JAVA_HOME") if name in os.environ}
    surroundings = {
        **kept,
        "HOME": str(tmp_path),
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "deploy" / "airflow" / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "SURTITLE_DATABASE_URL": database.url,
        "SURTITLE_DATA_DIR": str(tmp_path / "data"),
        "SURTITLE_ANALYTICS__SPARK_MASTER": "local[2]",
        "SURTITLE_KPI_COMMAND": (
            f"env PYTHONPATH={python_path} {sys.executable} -m surtitle kpis compute --engine spark"
        ),
    }
    asked(surroundings, "db", "migrate")
    return surroundings


def asked(surroundings: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [str(AIRFLOW / "airflow"), *arguments],
        env=surroundings, cwd=surroundings["HOME"], capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
    return done.stdout


async def test_the_dag_computes_what_is_due_and_fills_in_past_days(
    database: Database, surroundings: dict[str, str]
) -> None:
    assert "No data found" in asked(surroundings, "dags", "list-import-errors")
    yesterday = utc_now() - timedelta(days=1)
    long_ago = datetime(yesterday.year, yesterday.month, 1, 12, tzinfo=UTC) - timedelta(days=100)
    await happen(database, event("created", yesterday), event("created", long_ago))
    asked(surroundings, "dags", "test", "spark_kpi_daily")
    assert [line.day for line in await lines(database)] == [yesterday.date()]
    day = long_ago.date().isoformat()
    asked(surroundings, "dags", "test", "spark_kpi_daily", "--conf", f'{{"from": "{day}", "to": "{day}"}}')
    assert [line.day for line in await lines(database)] == [long_ago.date(), yesterday.date()]


async def test_a_night_that_fails_is_told(database: Database, surroundings: dict[str, str]) -> None:
    wrong = database.url.replace("tell-nobody", "wrong")
    broken = surroundings | {"SURTITLE_DATABASE_URL": wrong, "SURTITLE_KPI_RETRIES": "0"}
    with pytest.raises(AssertionError, match="refuses the user or the password"):
        asked(broken, "dags", "test", "spark_kpi_daily")
    assert await lines(database) == []
