"""`surtitle jobs`: who has the machine reaches the jobs of every project by their ids alone."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.cli.conftest import Cli


@pytest.fixture
def of_the_team(cli: Cli, tone: Callable[..., Path]) -> str:
    """The id of a failed job in a project that is not the machine's own, beside one in that."""
    done = cli("transcribe", tone("theirs.wav"), tone("own.wav"), "--keep", "--json")
    theirs, _own = (file["job_id"] for file in json.loads(done.stdout)["files"])
    assert cli("admin", "create-user", "ana@example.org", "--generate").returncode == 0
    assert cli("projects", "create", "Interviews", "--owner", "ana@example.org").returncode == 0
    given = (
        "UPDATE jobs SET state = 'failed', error_kind = 'engine-died', error_detail = 'It died.', "
        "project_id = (SELECT id FROM projects WHERE name = 'Interviews') WHERE id = ?"
    )
    with closing(sqlite3.connect(database(cli))) as connection, connection:
        # SQLite keeps ids without hyphens.
        job = theirs.replace("-", "")
        assert connection.execute(given, (job,)).rowcount == 1
        # As one that has never succeeded.
        connection.execute("DELETE FROM usage WHERE job_id = ?", (job,))
    return str(theirs)


def database(cli: Cli) -> Path:
    return Path(cli.environment["SURTITLE_DATA_DIR"]) / "surtitle.db"


def listed(cli: Cli, *options: str) -> list[str]:
    return [one["id"] for one in json.loads(cli("jobs", "list", "--json", *options).stdout)["items"]]


def test_jobs_of_all_projects_are_listed_and_those_of_one_on_demand(cli: Cli, of_the_team: str) -> None:
    assert len(listed(cli)) == 2
    assert listed(cli, "--state", "failed") == [of_the_team]
    assert listed(cli, "--project", "Interviews") == [of_the_team]
    shown = cli("jobs", "list")
    assert {"Interviews", "Personal"} <= set(shown.stdout.split()), shown.stdout


def test_a_job_of_another_project_is_shown_tried_again_cancelled_and_deleted(
    cli: Cli, of_the_team: str
) -> None:
    assert "It died." in cli("jobs", "show", of_the_team).stdout
    for command, told in (("retry", "queued"), ("cancel", "cancelled"), ("delete", "deleted")):
        done = cli("jobs", command, of_the_team)
        assert done.stdout == f"{of_the_team}: {told}\n", done.stderr
    with closing(sqlite3.connect(database(cli))) as connection:
        trail = connection.execute(
            "SELECT action, actor FROM audit_events WHERE object_id = ? "
            "AND project_id = (SELECT id FROM projects WHERE name = 'Interviews') ORDER BY number",
            (of_the_team,),
        ).fetchall()
    assert trail == [("job.retried", "owner"), ("job.cancelled", "owner"), ("job.deleted", "owner")]
    gone = cli("jobs", "show", of_the_team)
    assert (gone.returncode, "There is no job" in gone.stderr) == (2, True)
