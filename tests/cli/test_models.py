from pathlib import Path

import pytest
from typer.testing import CliRunner

from surtitle.cli.models import models_app


@pytest.fixture(autouse=True)
def empty_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of the test's own that can fetch from one folder only."""
    monkeypatch.setenv("SURTITLE_MODELS__DIRECTORY", str(tmp_path / "models"))
    monkeypatch.setenv("SURTITLE_MODELS__FOLDER", str(tmp_path / "shelf"))
    monkeypatch.setenv("SURTITLE_MODELS__SOURCES", '["folder"]')
    monkeypatch.setenv("COLUMNS", "160")
    return tmp_path


def put_own_model(root: Path) -> None:
    folder = root / "shelf" / "large-v3"
    folder.mkdir(parents=True)
    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt"):
        (folder / name).write_bytes(b"x")


def test_list_shows_what_can_be_had_and_what_is_here(empty_store: Path) -> None:
    put_own_model(empty_store)
    shown = CliRunner().invoke(models_app, ["list"])

    assert shown.exit_code == 0
    lines = {line.split()[0]: line for line in shown.output.splitlines()}
    assert "not installed" in lines["whisper-base"]
    assert "MIT" in lines["whisper-tiny.en"]
    assert "your own, not checked" in lines["large-v3"]


def test_an_unknown_model_is_a_fault_of_usage() -> None:
    for command in ("pull", "verify", "remove"):
        told = CliRunner().invoke(models_app, [command, "nonsense"])

        assert told.exit_code == 2, command
        assert "Known models: whisper-base" in told.stderr


def test_a_pull_that_fails_says_why_and_ends_with_one() -> None:
    told = CliRunner().invoke(models_app, ["pull"])

    assert told.exit_code == 1
    assert "Model whisper-base could not be fetched" in told.stderr
    assert "folder:" in told.stderr


def test_verifying_what_is_not_installed_ends_with_one() -> None:
    told = CliRunner().invoke(models_app, ["verify", "base"])

    assert told.exit_code == 1
    assert "surtitle models pull whisper-base" in told.stderr


def test_a_damaged_model_is_told_with_the_command_that_mends_it(empty_store: Path) -> None:
    folder = empty_store / "models" / "whisper-base"
    folder.mkdir(parents=True)
    (folder / "config.json").write_bytes(b"{}")
    told = CliRunner().invoke(models_app, ["verify", "base"])

    assert told.exit_code == 1
    assert "config.json: expected 2309 bytes, got 2 bytes" in told.stdout
    assert "surtitle models pull whisper-base" in told.stderr


def test_ones_own_model_can_be_verified_but_not_removed(empty_store: Path) -> None:
    put_own_model(empty_store)

    verified = CliRunner().invoke(models_app, ["verify"])
    assert (verified.exit_code, verified.stdout) == (0, "large-v3: your own, nothing to check it against\n")
    refused = CliRunner().invoke(models_app, ["remove", "large-v3"])
    assert refused.exit_code == 1
    assert "in your own folder" in refused.stderr


def test_a_removed_model_is_told(empty_store: Path) -> None:
    (empty_store / "models" / "whisper-base").mkdir(parents=True)
    done = CliRunner().invoke(models_app, ["remove", "base"])

    assert (done.exit_code, done.stdout) == (0, "base: removed\n")
    assert not (empty_store / "models" / "whisper-base").exists()


@pytest.mark.models
def test_a_model_on_the_shelf_is_pulled_into_the_store(
    empty_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as real:
        for name in ("DIRECTORY", "FOLDER", "SOURCES"):
            real.delenv(f"SURTITLE_MODELS__{name}")
        installed = CliRunner().invoke(models_app, ["pull", "base"])
    assert installed.exit_code == 0
    (empty_store / "shelf").mkdir()
    source = Path(installed.stdout.strip().partition(" in ")[2])
    (empty_store / "shelf" / "base").symlink_to(source)

    done = CliRunner().invoke(models_app, ["pull"])
    assert done.exit_code == 0
    assert done.stdout == f"whisper-base: ready in {empty_store / 'models' / 'whisper-base'}\n"
