"""The targets that Vocalyx' people type, up to the command that each gives."""

import os
import subprocess
from pathlib import Path

import pytest
from tests.deploy.compose import ROOT, configured

FOLLOWED = "logs --follow --tail 100"
GIVEN = {
    "up": ["up -d --build"],
    "down": ["down"],
    "restart": ["restart"],
    "logs": [FOLLOWED],
    "logs-api": [f"{FOLLOWED} api"],
    "logs-frontend": [f"{FOLLOWED} traefik api"],
    "logs-worker-01": [f"{FOLLOWED} --index 1 worker"],
    "ps": ["ps"],
    "scale-workers N=4": ["up -d --no-recreate --scale worker=4 worker"],
    "celery-status": ["exec -T api surtitle workers"],
    "celery-stats": ["exec -T api surtitle queues list"],
    "backup": ["exec -T api surtitle backup create"],
    "backup-list": ["exec -T api surtitle backup list"],
    "db-shell": ["exec db psql --username surtitle surtitle"],
    "init-db": ["run --rm api db upgrade"],
}
DESTRUCTIVE = {
    "celery-purge": ["exec -T api surtitle queues purge --yes"],
    "clean-all": [
        "--profile gpu --profile alerts --profile logs down --volumes --rmi local --remove-orphans"
    ],
    "clean-uploads": ["exec -T api surtitle purge --older-than 0"],
    "clean-logs": ["up -d --force-recreate"],
}


class Make:
    """`make` with a program in compose's place that writes down what it was told."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "told"
        self.settings = folder / ".env"
        self.compose = folder / "compose"
        self.compose.write_text(f'#!/bin/sh\necho "$*" >> {self.log}\n')
        self.compose.chmod(0o755)

    def __call__(self, *words: str, answer: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", "--no-print-directory", f"COMPOSE={self.compose}", f"ENV_FILE={self.settings}", *words],
            cwd=ROOT, input=answer, capture_output=True, text=True, check=False,
            env={"PATH": os.environ["PATH"]},
        )  # fmt: skip

    def told(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def make(tmp_path: Path) -> Make:
    return Make(tmp_path)


@pytest.mark.parametrize("words", GIVEN)
def test_a_target_gives_its_command(make: Make, words: str) -> None:
    done = make(*words.split())
    assert done.returncode == 0, done.stderr
    assert make.told() == GIVEN[words]


def test_as_many_workers_as_were_asked_for_are_there_after_the_next_up(make: Make) -> None:
    # As an editor may leave it, and with a key in it.
    make.settings.write_text("DOMAIN=surtitle.example.org\nWORKERS=1\nSURTITLE_BACKUP__KEY=secret")
    make.settings.chmod(0o600)
    for number in (4, 3):
        assert make("scale-workers", f"N={number}").returncode == 0
    told = make.settings.read_text().splitlines()
    assert told == ["DOMAIN=surtitle.example.org", "SURTITLE_BACKUP__KEY=secret", "WORKERS=3"]
    assert make.settings.stat().st_mode & 0o777 == 0o600
    assert make("scale-workers", "N=many").returncode != 0
    assert make.settings.read_text().splitlines() == told
    assert make.told()[-1] == "up -d --no-recreate --scale worker=3 worker"
    assert [path.name for path in make.settings.parent.iterdir() if path.name.startswith(".env")] == [".env"]
    services = configured({"WORKERS": "3"}, profiles=("gpu",))["services"]
    names = ("worker", "vocalyx-transcribe-01", "worker-gpu")
    assert [services[name]["scale"] for name in names] == [3, 0, 1]


@pytest.mark.parametrize("target", DESTRUCTIVE)
def test_what_destroys_asks_first(make: Make, target: str) -> None:
    for answer in ("", "n\n", "y\n"):
        refused = make(target, answer=answer)
        assert refused.returncode != 0
        assert 'Type "yes" to go on' in refused.stderr
    assert make.told() == []
    assert make(target, answer="yes\n").returncode == 0
    assert make(target, "YES=1").returncode == 0
    assert make.told() == DESTRUCTIVE[target] * 2


def test_a_restore_wants_a_backup_and_asks(make: Make, tmp_path: Path) -> None:
    assert "make db-restore FILE=" in make("db-restore").stderr
    backup = tmp_path / "there.dump"
    backup.write_bytes(b"PGDMP")
    assert 'Type "yes"' in make("db-restore", f"FILE={backup}", answer="no\n").stderr
    assert make.told() == []


def test_database_and_files_come_back_together_when_that_was_meant(make: Make) -> None:
    assert "make backup-restore BACKUP=" in make("backup-restore").stderr
    assert 'Type "yes"' in make("backup-restore", "BACKUP=latest", answer="no\n").stderr
    assert make.told() == []
    assert make("backup-restore", "BACKUP=latest", "YES=1").returncode == 0
    assert make.told() == [
        "ps --services --status running",
        "run --rm -T api backup restore latest --replace",
    ]


def test_help_shows_every_target_of_vocalyx() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = {line.split()[1] for line in shown.splitlines()}
    assert targets >= {
        *(words.split()[0] for words in GIVEN), *DESTRUCTIVE,
        "install", "health", "db-backup", "db-restore", "clean", "test-compose",
    }  # fmt: skip
