from pathlib import Path
from typing import Any

import psutil
from tests.cli.conftest import Cli, wait_until
from tests.servers.postgresql import PASSWORD, USER, PostgresServer
from tests.servers.seaweedfs import S3Server

from surtitle.ids import new_id


def bare(url: str) -> str:
    """The address without the password, which `ps` would show."""
    return url.replace(f"{USER}:{PASSWORD}@", f"{USER}@")


def test_a_personal_installation_moves_to_postgresql_and_s3(
    cli: Cli, postgres_url: str, s3: S3Server
) -> None:
    assert cli("glossary", "add", "Kvistholm").returncode == 0
    file = Path(cli.environment["SURTITLE_DATA_DIR"]) / "files" / "media" / "a"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"sound")
    keys = {name: value for name, value in s3.variables.items() if name != "SURTITLE_STORAGE__URL"}
    secrets: dict[str, Any] = {**keys, "SURTITLE_DATABASE__PASSWORD": PASSWORD}
    place = f"{s3.storage_url}/{new_id().hex}"
    wish = ("db", "move", "--to-database", bare(postgres_url), "--to-storage", place)

    worker = psutil.Process(cli.start("worker").pid)
    wait_until(
        lambda: any(file.path.endswith("surtitle.db") for file in worker.open_files()), "a worker at work"
    )
    refused = cli(*wish, **secrets)
    assert (refused.returncode, "Stop `surtitle serve`" in refused.stderr) == (1, True), refused.stderr
    worker.terminate()
    worker.wait(60)

    done = cli(*wish, **secrets)
    assert done.returncode == 0, done.stderr
    assert "1 files (5 bytes) are there" in done.stdout
    assert PASSWORD not in done.stdout + done.stderr

    there: dict[str, Any] = {
        **secrets,
        "SURTITLE_DATABASE_URL": bare(postgres_url),
        "SURTITLE_STORAGE__URL": place,
    }
    assert "Kvistholm" in cli("glossary", "list", **there).stdout
    assert cli("db", "check", **there).returncode == 0


def test_postgresql_is_brought_up_to_date_and_checked(
    cli: Cli, postgres: PostgresServer, postgres_url: str
) -> None:
    place: dict[str, Any] = {"SURTITLE_DATABASE_URL": postgres_url}
    assert cli("db", "check", **place).returncode == 1
    assert cli("db", "upgrade", **place).returncode == 0
    assert cli("db", "check", **place).returncode == 0

    away = postgres_url.replace(f":{postgres.port}/", ":1/")
    told = cli("db", "check", SURTITLE_DATABASE_URL=away, SURTITLE_DATABASE__CONNECT_SECONDS="0.5")
    assert told.returncode == 1
    assert "127.0.0.1:1 cannot be reached" in told.stderr
    assert PASSWORD not in told.stderr
