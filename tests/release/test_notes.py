"""Notes of a version that people can hold against its signature."""

import hashlib
import subprocess
from pathlib import Path

import pytest
from tests.release.scripts import run

CHANGELOG = """# Changelog

## 0.2.0 (unreleased)

- More is coming.

## 0.1.0 (2026-11-22)

- The main job.
- It is kept.

## 0.0.9 (2026-01-01)
"""
WHO = "release@surtitle"


@pytest.fixture
def changelog(tmp_path: Path) -> Path:
    file = tmp_path / "CHANGELOG.md"
    file.write_text(CHANGELOG)
    return file


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", WHO, "-f", file], check=True)
    return file


def verified(notes: Path, signature: Path, key: Path) -> bool:
    """As docs/develop/releasing.md tells people to."""
    signers = key.with_name("allowed_signers")
    signers.write_text(f'{WHO} namespaces="surtitle-release" {key.with_suffix(".pub").read_text()}')
    named = ("-f", str(signers), "-I", WHO, "-n", "surtitle-release", "-s", str(signature))
    words = ["ssh-keygen", "-Y", "verify", *named]
    with notes.open() as read:
        return subprocess.run(words, stdin=read, capture_output=True, check=False).returncode == 0


def test_signed_notes_are_of_their_version_alone_and_can_be_verified(
    tmp_path: Path, changelog: Path, key: Path
) -> None:
    wheel = tmp_path / "surtitle-0.1.0.whl"
    wheel.write_bytes(b"wheel")
    done = run("notes.py", "0.1.0", wheel, "--key", key, "--folder", tmp_path, "--changelog", changelog)
    assert done.returncode == 0, done.stderr
    notes, signature = (Path(line) for line in done.stdout.splitlines())
    text = notes.read_text()
    assert text.startswith("# Surtitle 0.1.0 (2026-11-22)\n\n- The main job.\n- It is kept.\n")
    assert "More is coming" not in text
    assert f"{hashlib.sha256(b'wheel').hexdigest()}  surtitle-0.1.0.whl" in text
    assert verified(notes, signature, key)
    notes.write_text(text.replace("kept", "Kept"))
    assert not verified(notes, signature, key)


def test_notes_are_signed_anew_without_asking(tmp_path: Path, changelog: Path, key: Path) -> None:
    words = ("0.1.0", "--key", key, "--folder", tmp_path, "--changelog", changelog)
    assert [run("notes.py", *words).returncode for _ in range(2)] == [0, 0]


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("0.2.0", "write its day there"),
        ("0.3.0", "it has 0.2.0, 0.1.0, 0.0.9"),
        ("0.0.9", "says nothing of 0.0.9"),
        ("0.1.0", "Nobody signed it"),
    ],
)
def test_what_is_no_release_gets_no_notes(tmp_path: Path, changelog: Path, version: str, told: str) -> None:
    done = run("notes.py", version, "--folder", tmp_path, "--changelog", changelog)
    assert done.returncode == 1
    assert told in done.stderr
    assert not list(tmp_path.glob("*.sig"))


def test_a_draft_needs_neither_day_nor_key(tmp_path: Path, changelog: Path) -> None:
    done = run("notes.py", "0.2.0", "--draft", "--folder", tmp_path, "--changelog", changelog)
    assert done.returncode == 0, done.stderr
    assert "More is coming" in Path(done.stdout.strip()).read_text()


def test_a_key_that_cannot_sign_is_told(tmp_path: Path, changelog: Path) -> None:
    (tmp_path / "no-key").write_text("no key")
    done = run(
        "notes.py", "0.1.0", "--key", tmp_path / "no-key", "--folder", tmp_path, "--changelog", changelog
    )
    assert (done.returncode, "could not sign with" in done.stderr) == (1, True)
