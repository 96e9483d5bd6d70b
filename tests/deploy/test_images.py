"""The Dockerfile, as far as it can be judged without building it; `make test-compose` builds it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.deploy.compose import ROOT

from surtitle.cli.earlier.programs import NOW

HADOLINT = str(Path(sys.executable).with_name("hadolint"))


@pytest.mark.parametrize("file", ["Dockerfile", "tests/deploy/bring_up/Containerfile"])
def test_hadolint_has_nothing_against_it(file: str) -> None:
    # DL3006: the base image is named by who builds, tag and all.
    done = subprocess.run(
        [HADOLINT, "--ignore", "DL3006", str(ROOT / file)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_everything_that_the_image_copies_is_let_into_its_build() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {
        source
        for line in (ROOT / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for source in line.split()[1:-1]
    }
    assert {source.removeprefix("./") for source in copied} == let_in
    assert all((ROOT / source).exists() for source in let_in)


def test_the_commands_of_earlier_systems_are_in_the_image() -> None:
    lines = (ROOT / "Dockerfile").read_text()
    (config,) = re.findall(r"ALEMBIC_CONFIG=(\S+)", lines)
    assert f"COPY alembic.ini {config}\n" in lines
    (loop,) = re.findall(r"for name in ([a-z ]+); do", lines)
    # Alembic itself is there, and does as alembic.ini says.
    assert {*loop.split(), "alembic"} == set(NOW)
