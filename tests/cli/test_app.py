import subprocess
import sys

import pytest
from tests.cli.conftest import Cli

from surtitle.cli.app import COMMANDS, loaded
from surtitle.cli.earlier.programs import NOW
from surtitle.cli.failures import told


def test_the_help_shows_every_command_and_imports_nothing_heavy() -> None:
    shown = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "surtitle", "--help"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    for name in COMMANDS:
        assert f"\n  {name} " in shown.stdout
    assert not any(f"\n  {name} " in shown.stdout for name in NOW)
    imported = {line.rpartition("|")[2].strip() for line in shown.stderr.splitlines()}
    assert "surtitle.cli.app" in imported
    assert not imported & {"sqlalchemy", "av", "fastapi", "pydantic", "taskiq", "rich.console", "numpy"}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_loaded_and_says_what_it_does(name: str) -> None:
    assert loaded(name).help


def test_a_mistyped_command_is_a_fault_of_usage(cli: Cli) -> None:
    done = cli("transcrbe", "x.wav")

    assert done.returncode == 2
    assert "Did you mean 'transcribe'" in done.stderr


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("SURTITLE_SERVER__PORT", "many", "SURTITLE_SERVER__PORT cannot be used"),
        ("SURTITLE_SERVER__PROT", "8000", "There is no setting SURTITLE_SERVER__PROT"),
        (
            "SURTITLE_JOBS__RETRY_DELAYS_SECONDS",
            "secret",
            "SURTITLE_JOBS__RETRY_DELAYS_SECONDS cannot be read",
        ),
    ],
)
def test_a_wrong_setting_is_one_sentence_with_its_variable_and_without_its_value(
    cli: Cli, variable: str, value: str, expected: str
) -> None:
    cli.environment[variable] = value
    done = cli("jobs", "list")

    assert done.returncode == 2
    assert done.stderr.startswith(expected)
    assert done.stderr.count("\n") == 1
    assert "secret" not in done.stderr
    assert "many" not in done.stderr


def test_an_older_variable_is_heeded_and_its_new_name_told_once(cli: Cli) -> None:
    del cli.environment["SURTITLE_ENGINES__TRANSCRIBER"]
    done = cli("engines", "list", TRANSCRIPTION_MODEL="dummy")

    assert "dummy (default)" in done.stdout
    assert done.stderr.count("SURTITLE_ENGINES__TRANSCRIBER=dummy") == 1


def test_an_error_that_nobody_foresaw_is_not_hidden() -> None:
    assert told(ZeroDivisionError()) is None
