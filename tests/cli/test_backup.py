"""Backups as an operator types them, in processes of their own."""

import json
from pathlib import Path
from typing import Any

from tests.cli.conftest import Cli

from surtitle.backups.keys import new_key


def test_a_backup_is_made_checked_and_brought_back(cli: Cli, tmp_path: Path) -> None:
    place = f"file://{tmp_path / 'backups'}"
    refused = cli("backup", "create", "--to", place)
    assert (refused.returncode, "surtitle backup key" in refused.stderr) == (2, True)
    key = new_key()
    told: dict[str, Any] = {"SURTITLE_BACKUP__STORE_URL": place, "SURTITLE_BACKUP__KEY": key}

    made = json.loads(cli("backup", "create", "--json", **told).stdout)
    shown = json.loads(cli("backup", "list", "--json", **told).stdout)["items"]
    assert [(one["name"], one["rows"]) for one in shown] == [(made["name"], made["rows"])]
    data = tmp_path / "elsewhere"
    done = cli("backup", "restore", SURTITLE_DATA_DIR=str(data), **told)
    assert done.returncode == 0, done.stderr
    assert "rows and 0 files are there again" in done.stdout

    manifest = next((tmp_path / "backups" / "backups" / "rows").iterdir())
    manifest.write_bytes(manifest.read_bytes()[:-1])
    broken = cli("backup", "verify", **told)
    assert broken.returncode == 1
    assert "is damaged" in broken.stderr


def test_the_store_is_looked_through(cli: Cli) -> None:
    assert json.loads(cli("doctor", "storage", "--json").stdout)["found"] == {}
