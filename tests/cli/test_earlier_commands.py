"""What people of earlier systems type, with the program that they type it to."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.cli.conftest import Cli

ROOT = Path(__file__).parents[2]
ALEMBIC = str(Path(sys.executable).with_name("alembic"))
EARLIER = (sys.executable, "-m", "surtitle")
"""The image has them so: `docker compose run api flask db upgrade` gives its words to `surtitle`."""


def typed(cli: Cli, *words: str) -> subprocess.CompletedProcess[str]:
    """In a copy of the repository's root."""
    shutil.copy(ROOT / "alembic.ini", cli.folder)
    return subprocess.run(
        words, capture_output=True, text=True, env=cli.environment, cwd=cli.folder, check=False
    )


def tables(cli: Cli) -> set[str]:
    file = Path(cli.environment["SURTITLE_DATA_DIR"]) / "surtitle.db"
    if not file.exists():
        return set()
    with closing(sqlite3.connect(file)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}


@pytest.mark.parametrize(
    "words",
    [
        (ALEMBIC, "upgrade", "head"),
        (*EARLIER, "alembic", "upgrade", "head"),
        (*EARLIER, "flask", "db", "upgrade"),
    ],
    ids=["alembic", "alembic in a container", "flask"],
)
def test_migrations_are_run_as_they_were_and_the_new_name_is_told(cli: Cli, words: tuple[str, ...]) -> None:
    done = typed(cli, *words)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "The database is up to date.\n"
    assert done.stderr.count("surtitle db upgrade") == 1
    assert {"alembic_version", "jobs", "users"} <= tables(cli)


@pytest.mark.parametrize(
    "words", [("downgrade", "-1"), ("upgrade", "0003"), ("current",), ("upgrade", "head", "--sql")]
)
def test_what_else_alembic_can_do_changes_nothing_and_leads_to_our_commands(
    cli: Cli, words: tuple[str, ...]
) -> None:
    done = typed(cli, ALEMBIC, *words)
    assert done.returncode != 0
    assert "surtitle db upgrade" in done.stderr
    assert not tables(cli)


@pytest.mark.parametrize(
    ("words", "now"),
    [
        (("flask", "run"), "surtitle serve"),
        (("celery", "-A", "app", "worker"), "surtitle worker"),
        (("rq", "worker"), "surtitle worker"),
        (("poetry", "run", "x"), "without `poetry run`"),
        (("uvicorn", "app:main", "--host", "0.0.0.0"), "surtitle serve"),
        (("alembic", "downgrade", "-1"), "surtitle db upgrade"),
        (("flask", "--help"), "surtitle serve"),
    ],
)
def test_programs_that_are_no_more_name_what_to_use(cli: Cli, words: tuple[str, ...], now: str) -> None:
    done = typed(cli, *EARLIER, *words)
    assert done.returncode == 2
    assert now in done.stderr
    assert not tables(cli)
