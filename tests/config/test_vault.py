from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from tests.config.approles import approle
from tests.servers.openbao import ROOT_TOKEN, BaoServer

from surtitle.config import Settings, VaultSettings
from surtitle.config.origins import all_stated
from surtitle.config.vault import signed_in
from surtitle.errors import Unavailable
from surtitle.ids import new_id

KEPT = {
    "accounts__secret_key": "k" * 40,
    "SURTITLE_SERVER__PORT": 8123,
    "mail": {"host": "mail.example", "port": 26},
}


@pytest.fixture
def path(bao: BaoServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A secret with settings, and where to find it in our variables."""
    path = f"tests/{new_id()}"
    bao.do("POST", f"/secret/data/{path}", data=KEPT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SURTITLE_VAULT__ADDRESS", bao.address)
    monkeypatch.setenv("SURTITLE_VAULT__KV_PATH", path)
    return path


def test_settings_are_read_from_the_secret_and_variables_win(
    path: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text(f"{ROOT_TOKEN}\n")
    monkeypatch.setenv("SURTITLE_VAULT__TOKEN_FILE", str(token))
    monkeypatch.setenv("SURTITLE_MAIL__PORT", "2525")
    settings = Settings()

    assert settings.accounts.secret_key == SecretStr("k" * 40)
    assert settings.server.port == 8123
    assert (settings.mail.host, settings.mail.port) == ("mail.example", 2525)
    found = {one.name: one.origin for one in all_stated(settings)}
    assert found["SURTITLE_SERVER__PORT"] == f"Vault, secret/{path}"
    assert found["SURTITLE_MAIL__PORT"] == "variable SURTITLE_MAIL__PORT"


def test_an_approle_reads_what_its_policy_allows_and_leaves_no_token(
    bao: BaoServer, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    role_id, secret_id = approle(bao, f'path "secret/data/{path}" {{ capabilities = ["read"] }}')
    monkeypatch.setenv("SURTITLE_VAULT__ROLE_ID", role_id)
    monkeypatch.setenv("SURTITLE_VAULT__SECRET_ID", secret_id)
    before = len(bao.do("LIST", "/auth/token/accessors")["data"]["keys"])

    assert Settings().server.port == 8123
    assert len(bao.do("LIST", "/auth/token/accessors")["data"]["keys"]) == before


def test_what_the_policy_forbids_is_told_with_what_to_check(bao: BaoServer) -> None:
    role_id, secret_id = approle(bao, 'path "nothing/*" { capabilities = ["read"] }')
    settings = VaultSettings(
        address=bao.address, role_id=role_id, secret_id=SecretStr(secret_id), kv_path="not/ours"
    )
    with signed_in(settings) as vault, pytest.raises(Unavailable) as refused:
        vault.settings_kept()
    assert "did not read the secret secret/not/ours" in refused.value.message
    assert "permission denied" in refused.value.message
    assert secret_id not in refused.value.message


@pytest.mark.usefixtures("path")
def test_a_vault_that_is_away_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURTITLE_VAULT__ADDRESS", "http://127.0.0.1:1")
    monkeypatch.setenv("SURTITLE_VAULT__TOKEN", ROOT_TOKEN)
    with pytest.raises(Unavailable, match=r"Vault at http://127\.0\.0\.1:1 does not answer"):
        Settings()


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "vault:8200", "token": "t"},
        {"address": "http://vault"},
        {"address": "http://vault", "role_id": "r"},
        {"address": "http://vault", "role_id": "r", "secret_id": "s", "token": "t"},
    ],
)
def test_half_a_sign_in_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        VaultSettings.model_validate(wrong)
