import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from tests.cli.conftest import Cli
from tests.server import free_port
from tests.servers.openbao import ROOT_TOKEN, BaoServer
from tests.servers.redis import RedisServer
from tests.servers.seaweedfs import S3Server

SECRET = "s3cret" * 8


@pytest.fixture
def mail_port() -> Iterator[int]:
    server = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    server.start()
    yield server.port
    server.stop()


def checks(cli: Cli, *options: str, code: int, **variables: str) -> dict[str, dict[str, Any]]:
    done = cli("config", "check", "--json", *options, stdin=b"", **variables)
    assert done.returncode == code, done.stdout + done.stderr
    assert SECRET not in done.stdout + done.stderr
    return {check["name"]: check for check in json.loads(done.stdout)["checks"]}


def test_a_laptop_without_settings_has_nothing_to_mend(cli: Cli) -> None:
    told = checks(cli, code=0)
    assert told["database"]["state"] == "ok"
    assert told["store"]["state"] == "ok"


def test_every_server_is_tried_and_says_that_it_is_there(
    cli: Cli, *, bao: BaoServer, redis: RedisServer, s3: S3Server, migrated_url: str, mail_port: int
) -> None:
    told = checks(
        cli,
        code=0,
        SURTITLE_DATABASE_URL=migrated_url,
        SURTITLE_HUB__URL=redis.url,
        SURTITLE_VAULT__ADDRESS=bao.address,
        SURTITLE_VAULT__TOKEN=ROOT_TOKEN,
        SURTITLE_MAIL__HOST="127.0.0.1",
        SURTITLE_MAIL__PORT=str(mail_port),
        SURTITLE_MAIL__SECURITY="none",
        **s3.variables,
    )
    assert told["database"]["found"] == "PostgreSQL answers, and is up to date"
    assert told["store"]["found"] == "can be written, read and cleared"
    assert told["hub"]["found"] == "Redis answers"
    assert told["Vault"]["found"] == "lets us in"
    assert told["mail server"]["found"] == "127.0.0.1 answers"


def test_every_server_that_is_away_is_told_with_what_to_check(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = checks(
        cli,
        code=1,
        SURTITLE_DATABASE_URL=f"postgresql://me:{SECRET}@127.0.0.1:1/notes",
        SURTITLE_DATABASE__CONNECT_SECONDS="0.1",
        SURTITLE_STORAGE__URL=f"file://{tmp_path}/file/store",
        SURTITLE_HUB__URL=f"redis://:{SECRET}@127.0.0.1:1/0",
        SURTITLE_VAULT__ADDRESS="http://127.0.0.1:1",
        SURTITLE_VAULT__TOKEN=SECRET,
        SURTITLE_MAIL__HOST="127.0.0.1",
        SURTITLE_MAIL__PORT="1",
    )
    away = {name for name, check in told.items() if check["state"] == "missing"}
    assert away == {"database", "store", "hub", "Vault", "mail server"}
    assert all("SURTITLE_" in (told[name]["mend"] or told[name]["found"]) for name in away)


def test_all_settings_that_cannot_be_used_are_told_at_once(cli: Cli) -> None:
    done = cli(
        "config",
        "check",
        SURTITLE_SERVER__PORT="http",
        SURTITLE_ENGINES__DEVICE="tpu",
        SURTITLE_SERVER__PROT="1",
        SURTITLE_ACCOUNTS__SECRET_KEY="s3cret",
    )
    assert done.returncode == 1
    for name in ("SERVER__PORT", "ENGINES__DEVICE", "SERVER__PROT", "ACCOUNTS__SECRET_KEY"):
        assert f"SURTITLE_{name}" in done.stdout
    assert "s3cret" not in done.stdout


def test_what_is_set_is_shown_with_its_place_and_without_secrets(cli: Cli) -> None:
    (cli.folder / ".env").write_text(f"SURTITLE_ACCOUNTS__SECRET_KEY={SECRET}\n")
    done = cli("config", "show", SURTITLE_DATABASE_URL=f"postgresql://me:{SECRET}@db/notes")

    assert SECRET not in done.stdout
    assert "postgresql://me:********@db/notes" in done.stdout
    assert "SURTITLE_ACCOUNTS__SECRET_KEY in .env" in done.stdout
    assert "SURTITLE_SERVER__PORT" not in done.stdout
