"""What is in an image, read from the archive of a container."""

import io
import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
from tests.release.scripts import TOOLS, run

FILES = {
    "etc/os-release": 'ID=debian\nVERSION_ID="12"\n',
    "var/lib/dpkg/status": (
        "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.36-9+deb12u10\n"
        "Description: GNU C Library\n with a second line\n\n"
        "Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n"
    ),
    "opt/surtitle/lib/python3.13/site-packages/numpy-2.4.1.dist-info/METADATA": (
        "Metadata-Version: 2.4\nName: numpy\nVersion: 2.4.1\nLicense-Expression: BSD-3-Clause\n\nText\n"
    ),
    "usr/share/doc/numpy/METADATA": "Name: no package\n",
}


def archived(folder: Path, files: dict[str, str]) -> Path:
    with tarfile.open(folder / "image.tar", "w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content.encode())
            archive.addfile(member, io.BytesIO(content.encode()))
    return folder / "image.tar"


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    words = ("--version", "0.1.0", "-o", tmp_path / "image.json", archived(tmp_path, FILES))
    done = run("image_sbom.py", *words)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads((tmp_path / "image.json").read_text())
    return told


def test_packages_of_both_kinds_are_told_and_those_that_are_gone_are_not(document: dict[str, Any]) -> None:
    told = {each["purl"]: each for each in document["components"]}
    assert told.keys() == {"pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64", "pkg:pypi/numpy@2.4.1"}
    assert told["pkg:pypi/numpy@2.4.1"]["licenses"] == [{"license": {"name": "BSD-3-Clause"}}]


def test_the_same_image_gives_the_same_document(tmp_path: Path, document: dict[str, Any]) -> None:
    words = ("--version", "0.1.0", "-o", tmp_path / "again.json", archived(tmp_path, FILES))
    assert run("image_sbom.py", *words).returncode == 0
    assert json.loads((tmp_path / "again.json").read_text()) == document


def test_the_document_is_cyclonedx(document: dict[str, Any]) -> None:
    """Judged by the library of those who made the format."""
    check = (
        "import sys\n"
        "from cyclonedx.schema import SchemaVersion\n"
        "from cyclonedx.validation.json import JsonStrictValidator\n"
        "fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(sys.stdin.read())\n"
        "sys.exit(str(fault) if fault else 0)\n"
    )
    done = subprocess.run(
        [TOOLS, "-c", check], input=json.dumps(document), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_what_is_no_container_is_told(tmp_path: Path) -> None:
    words = ("--version", "0.1.0", "-o", tmp_path / "image.json", archived(tmp_path, {"a": "b"}))
    done = run("image_sbom.py", *words)
    assert (done.returncode, "holds no packages" in done.stderr) == (1, True)
