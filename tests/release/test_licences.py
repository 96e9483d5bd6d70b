"""Which licences pass: of this very installation, and of packages that are made up."""

import sys
import tomllib
import venv
from pathlib import Path

import pytest
from tests.deploy.compose import ROOT
from tests.release.scripts import accepted, run


def test_everything_that_is_locked_may_be_used() -> None:
    done = run("licences.py", "--python", sys.executable, "requirements.lock", tools=True)
    assert done.returncode == 0, done.stderr
    assert "| fastapi |" in done.stdout
    assert "carries FFmpeg's libraries with x264 (GPL)" in done.stdout


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A Python with packages of our own making: a virtual environment without pip."""
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    return next((tmp_path / "venv").glob("lib/python*/site-packages"))


def packed(site: Path, name: str, licence: str) -> None:
    folder = site / f"{name}-1.0.dist-info"
    folder.mkdir()
    told = f"License-Expression: {licence}\n" if licence else ""
    (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{told}")


@pytest.mark.parametrize(
    ("licence", "passes"),
    [
        ("Apache-2.0", True),
        ("MPL-2.0", True),
        ("MIT OR GPL-2.0-only", True),
        ("GPL-3.0-or-later", False),
        ("LGPL-3.0-only", False),
        ("MIT AND AGPL-3.0-only", False),
        ("", False),
    ],
)
def test_a_licence_that_asks_something_back_needs_a_word(
    tmp_path: Path, site: Path, licence: str, passes: bool
) -> None:
    packed(site, "given", licence)
    (tmp_path / "lock").write_text("given==1.0 \\\n    --hash=sha256:00\nelse==1 ; sys_platform == 'win32'\n")
    words = ("--python", site.parents[2] / "bin" / "python", tmp_path / "lock")
    strict = run("licences.py", *words, "--accepted", accepted(tmp_path, ""), tools=True)
    assert strict.returncode == (0 if passes else 1), strict.stdout + strict.stderr
    assert ("given is under" in strict.stderr) is not passes
    word = accepted(tmp_path, '[licences]\ngiven = "asked its authors"\n[carried]\n[advisories]\n')
    lenient = run("licences.py", *words, "--accepted", word, tools=True)
    assert (lenient.returncode, "asked its authors" in lenient.stdout) == (0, True)


def test_what_is_locked_and_not_there_does_not_pass_unseen(tmp_path: Path, site: Path) -> None:
    packed(site, "given", "MIT")
    (tmp_path / "lock").write_text("given==1.0\nabsent==2.0\n")
    done = run("licences.py", "--python", site.parents[2] / "bin" / "python", tmp_path / "lock", tools=True)
    assert (done.returncode, "absent is locked and not installed" in done.stderr) == (1, True)


def test_every_exception_says_why() -> None:
    told = tomllib.loads((ROOT / "scripts" / "release" / "accepted.toml").read_text())
    assert all(len(reason) > 20 for reason in [*told["licences"].values(), *told["carried"].values()])
