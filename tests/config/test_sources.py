from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsError

from surtitle.config import Settings
from surtitle.config.origins import all_stated
from surtitle.errors import Invalid

SECRET = "s3cret" * 8


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SURTITLE_SECRETS_DIR", str(tmp_path / "secrets"))
    (tmp_path / "secrets").mkdir()
    return tmp_path


def secret(name: str, content: str) -> Path:
    path = Path("secrets") / name
    path.write_text(content)
    return path


def origins() -> dict[str, str]:
    return {one.name: one.origin for one in all_stated(Settings()) if one.origin != "default"}


def test_the_nearest_source_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    secret("surtitle_server__port", "1")
    assert Settings().server.port == 1
    Path(".env").write_text("SURTITLE_SERVER__PORT=2\n")
    assert Settings().server.port == 2
    Path("port").write_text("3\n")
    monkeypatch.setenv("SURTITLE_SERVER__PORT_FILE", "port")
    assert Settings().server.port == 3
    monkeypatch.setenv("SURTITLE_SERVER__PORT", "4")
    assert Settings().server.port == 4


def test_one_group_may_come_from_several_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    secret("SURTITLE_ACCOUNTS__SECRET_KEY", f"{SECRET}\n")
    secret("of_another_program", "no matter")
    Path(".env").write_text('SURTITLE_SERVER={"port": 81}\nSURTITLE_ACCOUNTS__TIME_ZONE=Europe/Madrid\n')
    monkeypatch.setenv("SURTITLE_SERVER__HOST", "::1")
    settings = Settings()

    assert settings.accounts.secret_key is not None
    assert settings.accounts.secret_key.get_secret_value() == SECRET
    assert (settings.accounts.time_zone, settings.server.port) == ("Europe/Madrid", 81)
    assert origins() == {
        "SURTITLE_SERVER__HOST": "variable SURTITLE_SERVER__HOST",
        "SURTITLE_SERVER__PORT": "SURTITLE_SERVER in .env",
        "SURTITLE_ACCOUNTS__TIME_ZONE": "SURTITLE_ACCOUNTS__TIME_ZONE in .env",
        "SURTITLE_ACCOUNTS__SECRET_KEY": f"file {Path.cwd()}/secrets/SURTITLE_ACCOUNTS__SECRET_KEY",
        "SURTITLE_SECRETS_DIR": "variable SURTITLE_SECRETS_DIR",
    }


def test_a_setting_that_is_called_file_is_not_taken_for_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURTITLE_VAULT__CA_FILE", "/etc/ssl/ours.pem")
    assert Settings().vault.ca_file == Path("/etc/ssl/ours.pem")


def test_a_mistyped_variable_of_a_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURTITLE_SERVER__PROT_FILE", "port")
    with pytest.raises(ValidationError, match="prot_file"):
        Settings()


@pytest.mark.parametrize("name", ["SURTITLE_DATABASE_URL_FILE", "SURTITLE_SECRETS_DIR"])
def test_what_cannot_be_read_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "/nowhere/at/all")
    with pytest.raises(Invalid, match=f"{name} names /nowhere/at/all, which cannot be read: No such file"):
        Settings()


def test_bytes_that_are_no_text_are_no_secret() -> None:
    Path("secrets/surtitle_database_url").write_bytes(b"\xff\xfe")
    with pytest.raises(Invalid, match="surtitle_database_url, which cannot be read: it is no text"):
        Settings()


def test_a_list_in_a_secret_file_is_json() -> None:
    secret("surtitle_server__allowed_hosts", '["a.example"]')
    assert Settings().server.allowed_hosts == ["a.example"]
    secret("surtitle_server__allowed_hosts", "a.example")
    with pytest.raises(SettingsError):
        Settings()


def test_no_secret_is_shown() -> None:
    secret("surtitle_accounts__secret_key", SECRET)
    secret("surtitle_database_url", f"postgresql://me:{SECRET}@db:5432/notes?password={SECRET}")
    secret("surtitle_mail__password", SECRET)
    told = {one.name: one.value for one in all_stated(Settings())}

    assert SECRET not in "".join(told.values())
    assert told["SURTITLE_DATABASE_URL"] == "postgresql://me:********@db:5432/notes?********"
