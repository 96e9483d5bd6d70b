"""Backup and restore with the real programs of PostgreSQL 18, each in place of `compose exec db`."""

import gzip
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.deploy.compose import ROOT
from tests.servers.postgresql import PASSWORD, PostgresServer

# What the scripts ask of compose: a program beside the database, and the services that run to be stopped.
IN_PLACE = """#!/bin/sh
case "$1" in
  exec)
    shift 3
    if [ "$1" = pg_dump ] && [ -e "{folder}/cut" ]; then "$@" | head -c 3000; else exec "$@"; fi ;;
  ps) printf 'api\\ndb\\nworker\\n' ;;
  stop) echo "$*" >> {folder}/told
    if [ -e "{folder}/gone" ]; then
      psql --username surtitle --dbname postgres --command 'ALTER DATABASE surtitle RENAME TO surtitle_gone'
    fi ;;
  *) echo "$*" >> {folder}/told ;;
esac
"""


class Installation:
    """A database called `surtitle`, and the two scripts."""

    def __init__(self, server: PostgresServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.backups = folder / "backups"
        compose = folder / "compose"
        compose.write_text(IN_PLACE.format(folder=folder))
        compose.chmod(0o755)
        self._environment = {
            **os.environ,
            "PATH": f"{server._programs}:{os.environ['PATH']}",
            "COMPOSE": str(compose),
            "PGHOST": "127.0.0.1",
            "PGPORT": str(server.port),
            "PGPASSWORD": PASSWORD,
        }

    def run(self, script: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(ROOT / "deploy" / "compose" / script), *words],
            env=self._environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def backed_up(self, days: int = 30) -> Path:
        done = self.run("backup.sh", str(self.backups), str(days))
        assert (done.returncode, done.stderr) == (0, "")
        return Path(done.stdout.strip())

    def rows(self, database: str = "surtitle") -> list[str]:
        return self.server.sql("SELECT name FROM queues ORDER BY name", database).splitlines()

    def add(self, name: str) -> None:
        self.server.sql(f"INSERT INTO queues (name) VALUES ('{name}')", "surtitle")


@pytest.fixture
def installation(postgres: PostgresServer, _template: str, tmp_path: Path) -> Iterator[Installation]:
    postgres.database("surtitle", template=_template)
    yield Installation(postgres, tmp_path)
    for name in ("surtitle", "surtitle_before", "surtitle_older", "surtitle_restored"):
        postgres.drop(name)


def test_a_backup_brings_back_what_was_and_sets_aside_what_came_since(installation: Installation) -> None:
    installation.add("kept")
    before = installation.rows()
    backup = installation.backed_up()
    assert backup.stat().st_mode & 0o777 == 0o600
    installation.add("since")
    done = installation.run("restore.sh", str(backup))
    assert done.returncode == 0, done.stderr
    assert installation.rows() == before
    assert "since" in installation.rows("surtitle_before")
    assert (installation.folder / "told").read_text() == "stop api worker\nstart api worker\n"


@pytest.mark.parametrize("packed", [False, True])
def test_plain_sql_is_taken_too(installation: Installation, packed: bool) -> None:
    installation.add("kept")
    before = installation.rows()
    plain = installation.folder / "plain.sql"
    dump = [str(installation.server._programs / "pg_dump"), "--no-owner"]
    place = installation.server.url_of("surtitle")
    dumped = subprocess.run([*dump, place], capture_output=True, check=True).stdout
    plain.write_bytes(gzip.compress(dumped) if packed else dumped)
    installation.add("since")
    done = installation.run("restore.sh", str(plain))
    assert done.returncode == 0, done.stderr
    assert installation.rows() == before


@pytest.mark.parametrize("content", ["SELECT 1;", "CREATE TABLE half (id int); SELECT broken("])
def test_a_file_that_is_no_whole_database_of_ours_changes_nothing(
    installation: Installation, content: str
) -> None:
    before = installation.rows()
    (installation.folder / "odd.sql").write_text(content)
    done = installation.run("restore.sh", str(installation.folder / "odd.sql"))
    assert done.returncode != 0
    assert "Nothing was changed" in done.stderr
    assert installation.rows() == before
    assert not (installation.folder / "told").exists(), "nobody was stopped for it"


@pytest.mark.parametrize("packed", [False, True])
def test_sql_that_would_connect_elsewhere_is_refused_unread(installation: Installation, packed: bool) -> None:
    installation.add("kept")
    before = installation.rows()
    odd = b"SELECT 1;\n\\connect surtitle\nDELETE FROM queues;\n"
    file = installation.folder / "odd.sql"
    file.write_bytes(gzip.compress(odd) if packed else odd)
    done = installation.run("restore.sh", str(file))
    assert (done.returncode, "without --create" in done.stderr) == (1, True)
    assert installation.rows() == before


def test_what_was_set_aside_stays_until_the_next_exchange_has_succeeded(installation: Installation) -> None:
    backup = installation.backed_up()
    installation.add("since")
    assert installation.run("restore.sh", str(backup)).returncode == 0
    (installation.folder / "gone").touch()
    failed = installation.run("restore.sh", str(backup))
    assert failed.returncode != 0
    assert "could not take its place" in failed.stderr
    assert "since" in installation.rows("surtitle_before")
    installation.server.sql("ALTER DATABASE surtitle_gone RENAME TO surtitle")
    (installation.folder / "gone").unlink()
    installation.add("later")
    assert installation.run("restore.sh", str(backup)).returncode == 0
    assert "later" in installation.rows("surtitle_before")
    assert not installation.server.sql("SELECT 1 FROM pg_database WHERE datname = 'surtitle_older'")


def test_half_a_backup_never_stands_where_a_whole_one_is_looked_for(installation: Installation) -> None:
    whole = installation.backed_up()
    (installation.folder / "cut").touch()
    done = installation.run("backup.sh", str(installation.backups), "30")
    assert done.returncode != 0
    assert "cannot be read back" in done.stderr
    assert {file.name for file in installation.backups.iterdir()} == {".lock", whole.name}


def test_backups_are_kept_as_long_as_was_said(installation: Installation) -> None:
    installation.backups.mkdir()
    for name in ("surtitle-20200101T000000Z.dump", "mine.dump"):
        (installation.backups / name).touch()
        os.utime(installation.backups / name, (0, 0))
    backup = installation.backed_up()
    assert {file.name for file in installation.backups.iterdir()} == {".lock", "mine.dump", backup.name}
