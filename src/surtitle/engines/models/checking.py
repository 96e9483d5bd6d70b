"""Checking files against the manifest, and remembering that it was done."""

import hashlib
import json
import logging
import os
from pathlib import Path
from typing import Any

from surtitle.engines.models.errors import ChecksumMismatch
from surtitle.engines.models.manifest import ModelFile, ModelSpec

STAMP_NAME = ".verified.json"

_log = logging.getLogger(__name__)


def check_file(path: Path, file: ModelFile) -> None:
    """Hash `path` and compare. Raises `ChecksumMismatch` naming the file, what was expected and got."""
    try:
        size_bytes = path.stat().st_size
    except FileNotFoundError:
        raise ChecksumMismatch(file.name, f"{file.size_bytes} bytes", "no file") from None
    if size_bytes != file.size_bytes:
        raise ChecksumMismatch(file.name, f"{file.size_bytes} bytes", f"{size_bytes} bytes")
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != file.sha256:
        raise ChecksumMismatch(file.name, f"SHA-256 {file.sha256}", digest)


def faults_in(directory: Path, spec: ModelSpec) -> tuple[str, ...]:
    """Hash every file of `spec` in `directory`: one sentence for each that is wrong, none if all is well."""
    faults = []
    for file in spec.files:
        try:
            check_file(directory / file.name, file)
        except ChecksumMismatch as error:
            faults.append(error.fault)
    return tuple(faults)


def write_stamp(directory: Path, spec: ModelSpec) -> None:
    """Remember that the files now in `directory` were checked. Call it right after checking."""
    content = {file.name: _fingerprint(directory, file) for file in spec.files}
    # Written in place: a stamp torn by a crash is no JSON, and only costs another hashing.
    (directory / STAMP_NAME).write_text(json.dumps(content, indent=1), encoding="utf-8")


def remember(directory: Path, spec: ModelSpec) -> None:
    """`write_stamp` where the folder allows it; a read-only store is hashed again by each process."""
    try:
        write_stamp(directory, spec)
    except OSError as error:
        _log.info("Cannot remember that %s was checked: %s", spec.name, error)


def forget(directory: Path) -> None:
    """Have the files hashed again before they are next used."""
    (directory / STAMP_NAME).unlink(missing_ok=True)


def is_stamped(directory: Path, spec: ModelSpec) -> bool:
    """Whether every file is as it was when it was last checked against these very checksums."""
    try:
        stamp = json.loads((directory / STAMP_NAME).read_text(encoding="utf-8"))
        return bool(stamp == {file.name: _fingerprint(directory, file) for file in spec.files})
    except (OSError, ValueError):
        return False


def _fingerprint(directory: Path, file: ModelFile) -> dict[str, Any]:
    status = (directory / file.name).stat()
    return {"sha256": file.sha256, "size_bytes": status.st_size, "mtime_ns": status.st_mtime_ns}


def flush_to_disk(path: Path) -> None:
    """Make a file's content, or a folder's entries, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
