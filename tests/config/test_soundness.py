from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from surtitle.config import (
    BackupSettings,
    JobSettings,
    MailSettings,
    MetricsSettings,
    OutgoingSettings,
    ServerSettings,
    Settings,
    VaultSettings,
    WritingSettings,
)
from surtitle.config.soundness import concerns


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def told(environment: dict[str, str] | None = None, **groups: Any) -> dict[str, tuple[bool, str]]:
    settings = Settings(_env_file=None, **groups)
    return {one.about: (one.wrong, one.mend) for one in concerns(settings, environment or {})}


def test_what_comes_out_of_the_box_is_sound() -> None:
    assert told() == {}


def test_a_mistyped_name_is_told_with_the_right_one() -> None:
    environment = {
        "SURTITLE_DATABSE_URL": "x",
        "SURTITLE_DATABASE_URL_FILE": "y",
        "SURTITLE_SERVER__PORT": "1",
    }
    assert told(environment) == {
        "SURTITLE_DATABSE_URL": (False, "Did you mean SURTITLE_DATABASE_URL?"),
    }


@pytest.mark.parametrize(
    ("groups", "about", "wrong"),
    [
        ({"jobs": JobSettings(lease_seconds=15)}, "SURTITLE_JOBS__LEASE_SECONDS", True),
        ({"server": ServerSettings(host="0.0.0.0")}, "SURTITLE_SERVER__HOST", True),
        ({"server": ServerSettings(auth="required")}, "SURTITLE_SERVER__PUBLIC_URL", False),
        ({"vault": VaultSettings(database_role="app"), "database_url": SecretStr("postgresql://db/notes")},
         "SURTITLE_VAULT__DATABASE_ROLE", True),
        ({"database_url": SecretStr("postgresql://db/notes")}, "SURTITLE_ACCOUNTS__SECRET_KEY", False),
        ({"mail": MailSettings(host="mail", security="none", password=SecretStr("s"))},
         "SURTITLE_MAIL__SECURITY", False),
        ({"vault": VaultSettings(address="http://vault:8200", token=SecretStr("t"))},
         "SURTITLE_VAULT__ADDRESS", False),
        ({"metrics": MetricsSettings(worker_port=9101, worker_host="0.0.0.0")},
         "SURTITLE_METRICS__WORKER_PORT", True),
        ({"writing": WritingSettings(ca_file=Path("nowhere.pem"))}, "SURTITLE_WRITING__CA_FILE", True),
    ],
)  # fmt: skip
def test_what_is_valid_and_yet_wrong_or_odd_is_told(groups: dict[str, Any], about: str, wrong: bool) -> None:
    found = told(**groups)
    assert found[about][0] is wrong


def test_a_proxy_that_some_requests_do_not_follow_is_told() -> None:
    environment = {"https_proxy": "http://proxy.example:3128"}
    assert "SURTITLE_OUTGOING__PROXY" in told(environment)
    way_out = OutgoingSettings.model_validate({"proxy": "http://proxy.example:3128"})
    assert told(environment, outgoing=way_out) == {}


def test_a_dotenv_that_everybody_can_read_is_told() -> None:
    Path(".env").touch(mode=0o600)
    assert ".env" not in told()
    Path(".env").chmod(0o644)
    assert ".env" in told()


def test_backups_want_a_key_and_a_place_of_their_own(tmp_path: Path) -> None:
    inside = BackupSettings(store_url=f"file://{tmp_path / 'data' / 'files' / 'backups'}")
    found = told(data_dir=tmp_path / "data", backup=inside)
    assert {name: wrong for name, (wrong, _mend) in found.items()} == {
        "SURTITLE_BACKUP__KEY": True,
        "SURTITLE_BACKUP__STORE_URL": False,
    }
    elsewhere = BackupSettings(store_url=f"file://{tmp_path / 'elsewhere'}", unencrypted=True)
    assert told(data_dir=tmp_path / "data", backup=elsewhere) == {}
