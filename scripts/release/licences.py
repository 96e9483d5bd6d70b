"""The licences of what a lock names, as a table; it fails where one may not be used without somebody's word.

`make licences`. Runs in an environment with pip-licenses, and asks another one: where the lock is installed.
"""

import argparse
import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import accepted
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# GPL, LGPL and AGPL under all their names; MPL asks nothing of those who only use it.
_ASKS_BACK = re.compile(r"GPL|GNU|SSPL|EUPL|CeCILL|Commons Clause|Proprietary", re.IGNORECASE)
_UNKNOWN = "UNKNOWN"
# So a package that leaves the choice may be used under the other.
_OR = re.compile(r"\bOR\b|;")


def main() -> int:
    options = _options()
    wanted = locked(options.lock)
    known = accepted.read(options.accepted, datetime.now(UTC).date())
    told = licences(options.python, sorted(wanted))
    show(told, known)
    faults = [*missing(wanted, told), *refused(told, known)]
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    return 1 if faults else 0


def locked(lock: Path) -> set[str]:
    """The packages that the lock names for this machine."""
    found = set()
    for line in lock.read_text().splitlines():
        if line[:1].isalnum():
            requirement = Requirement(line.removesuffix("\\").strip())
            if requirement.marker is None or requirement.marker.evaluate():
                found.add(canonicalize_name(requirement.name))
    return found


def licences(python: Path, names: list[str]) -> dict[str, tuple[str, str]]:
    """By package: version and licence, as its metadata say."""
    asking = ["pip-licenses", "--python", str(python), "--from=mixed", "--format=json", "--with-system"]
    program = Path(sys.executable).with_name(asking[0])
    done = subprocess.run(
        [program, *asking[1:], "--packages", *names], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"pip-licenses failed: {done.stderr.strip()[-500:]}")
    rows = json.loads(done.stdout)
    return {canonicalize_name(row["Name"]): (row["Version"], row["License"]) for row in rows}


def missing(wanted: set[str], told: dict[str, tuple[str, str]]) -> list[str]:
    """What is locked and could not be looked at: a table with a gap must not pass."""
    return [
        f"{name} is locked and not installed: run `make .venv/.installed`"
        for name in sorted(wanted - told.keys())
    ]


def refused(told: dict[str, tuple[str, str]], known: accepted.Accepted) -> list[str]:
    return [
        f"{name} is under {licence!r}. Leave it, or say in scripts/release/accepted.toml why it may stay."
        for name, (_version, licence) in sorted(told.items())
        if not may_be_used(licence) and name not in known.licences
    ]


def may_be_used(licence: str) -> bool:
    """Whether one of the licences that there is a choice of asks nothing of what uses it."""
    return licence != _UNKNOWN and any(not _ASKS_BACK.search(choice) for choice in _OR.split(licence))


def show(told: dict[str, tuple[str, str]], known: accepted.Accepted) -> None:
    sys.stdout.write("| package | version | licence | |\n|---|---|---|---|\n")
    for name, (version, licence) in sorted(told.items()):
        carried = f"carries {known.carried[name]}" if name in known.carried else ""
        note = "; ".join(filter(None, [known.licences.get(name), carried]))
        sys.stdout.write(f"| {name} | {version} | {licence} | {note} |\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Show the licences of what a lock names.")
    parser.add_argument("lock", type=Path)
    parser.add_argument("--python", type=Path, required=True, help="where it is installed")
    parser.add_argument("--accepted", type=Path, default=accepted.default_file())
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
