import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.deploy.compose import ROOT


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder like deploy/compose, before its first `make install`."""
    shutil.copy(ROOT / "deploy" / "compose" / "setup.py", tmp_path)
    return tmp_path


def set_up(place: Path, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-I", str(place / "setup.py")],
        cwd=place, env={"PATH": "/usr/bin:/bin", **variables}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def contents(place: Path) -> dict[str, str]:
    return {
        str(file.relative_to(place / "secrets")): file.read_text().strip()
        for file in (place / "secrets").rglob("*")
        if file.is_file()
    }


def test_each_installation_has_secrets_of_its_own_that_fit_together(place: Path, tmp_path: Path) -> None:
    told = set_up(place)
    first = contents(place)
    assert not any(secret in told for secret in first.values())
    assert first["db/password"] == first["surtitle/surtitle_database__password"]
    assert first["prometheus/metrics_token"] == first["surtitle/surtitle_server__metrics_token"]
    password = first["surtitle/surtitle_hub__url"].split(":")[2].partition("@")[0]
    assert f"#{hashlib.sha256(password.encode()).hexdigest()} " in first["redis/users.acl"]
    (identity,) = json.loads(first["s3/s3.json"])["identities"]
    assert identity["credentials"] == [
        {
            "accessKey": first["surtitle/surtitle_storage__access_key"],
            "secretKey": first["surtitle/surtitle_storage__secret_key"],
        }
    ]
    drawn = [value for name, value in first.items() if name.startswith("drawn/")]
    assert len(set(drawn)) == len(drawn)
    assert all(len(value) >= 43 for value in drawn), "32 random bytes and more"
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(place / "setup.py", other)
    set_up(other)
    assert not set(first.values()) & set(contents(other).values())


def test_no_secret_ends_in_a_line_break(place: Path) -> None:
    """`kubectl create secret --from-file` keeps it, and no header may hold one."""
    set_up(place)
    for folder in ("surtitle", "redis", "prometheus"):
        for file in (place / "secrets" / folder).iterdir():
            assert file.read_text() == file.read_text().strip(), file.name


def test_nothing_is_overwritten_and_what_is_missing_is_made_to_fit(place: Path) -> None:
    set_up(place)
    before = contents(place)
    (place / "secrets" / "grafana" / "admin_password").unlink()
    (place / "secrets" / "grafana" / "admin_password").write_text("mine\n")
    # Whatever ended the last run: the rest is there, and these are not.
    for name in ("surtitle/surtitle_hub__url", "traefik/tls.crt", "redis/users.acl"):
        (place / "secrets" / name).unlink()
    set_up(place)
    after = contents(place)
    assert after.pop("grafana/admin_password") == "mine"
    assert after.pop("traefik/tls.crt").startswith("-----BEGIN CERTIFICATE-----")
    assert after == {name: before[name] for name in after}
    assert set_up(place).strip() == "Secrets and certificate: nothing: all of it was there."


def test_nobody_else_on_the_machine_can_read_them(place: Path) -> None:
    set_up(place)
    assert (place / "secrets").stat().st_mode & 0o777 == 0o700
    for file in (place / "secrets" / "drawn").iterdir():
        assert file.stat().st_mode & 0o777 == 0o600
    # Servers run as users of their own, and see only the folder that is mounted for them.
    for file in (place / "secrets" / "db").iterdir():
        assert file.stat().st_mode & 0o777 == 0o444


def test_a_password_that_vocalyx_had_is_kept(place: Path) -> None:
    (place / ".env").write_text("POSTGRES_PASSWORD='of-vocalyx'\nDOMAIN=surtitle.example.org\n")
    set_up(place)
    assert contents(place)["db/password"] == "of-vocalyx"
    certificate = place / "secrets" / "traefik" / "tls.crt"
    read = ["openssl", "x509", "-in", str(certificate), "-noout", "-ext", "subjectAltName"]
    assert (
        "DNS:surtitle.example.org" in subprocess.run(read, capture_output=True, text=True, check=True).stdout
    )
