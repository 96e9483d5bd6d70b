"""Known faults of what locks name. Asks an advisory service; where none answers it says so, and fails.

`make audit`. Exit codes: 0 nothing is known, 1 something is, 3 nobody could be asked.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import accepted

NOT_ASKED = 3


def main() -> int:
    options = _options()
    known = accepted.read(options.accepted, datetime.now(UTC).date())
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        done = subprocess.run(_command(options, known, report), capture_output=True, text=True, check=False)
        if not report.exists() or not report.read_text():
            return _not_asked(done.stderr)
        return _tell(json.loads(report.read_text()), known)


def _command(options: argparse.Namespace, known: accepted.Accepted, report: Path) -> list[str]:
    words = [str(Path(sys.executable).with_name("pip-audit")), "--format=json", f"--output={report}"]
    # The lock is whole: nothing is resolved or installed for it.
    words += ["--disable-pip", "--require-hashes", "--progress-spinner=off", f"--timeout={options.timeout}"]
    words += [f"--vulnerability-service={options.service}"]
    words += [f"--osv-url={options.osv_url}"] if options.osv_url else []
    words += [word for name in known.advisories for word in ("--ignore-vuln", name)]
    return words + [word for lock in options.locks for word in ("--requirement", str(lock))]


def _not_asked(said: str) -> int:
    last = (said.strip().splitlines() or ["it said nothing"])[-1]
    sys.stderr.write(
        f"NOT AUDITED: no advisory service could be asked ({last[:300]}).\n"
        "Run `make audit` where one can be reached: AUDIT='--service osv' asks OSV, AUDIT='--service osv "
        "--osv-url https://…' a mirror of it.\n"
    )
    return NOT_ASKED


def _tell(report: dict[str, Any], known: accepted.Accepted) -> int:
    packages = report["dependencies"]
    skipped = [package for package in packages if "skip_reason" in package]
    faults = [(package, fault) for package in packages for fault in package.get("vulns", [])]
    for package, fault in faults:
        better = ", ".join(fault["fix_versions"]) or "no version yet"
        sys.stdout.write(f"{package['name']} {package['version']}: {fault['id']}, mended in {better}\n")
    for package in skipped:
        sys.stdout.write(f"{package['name']}: not looked at, {package['skip_reason']}\n")
    sys.stdout.write(
        f"{len(packages) - len(skipped)} packages asked about, {len(faults)} advisories, "
        f"{len(known.advisories)} accepted before.\n"
    )
    return 1 if faults or skipped else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Ask for known faults of what locks name.")
    parser.add_argument("locks", type=Path, nargs="+")
    parser.add_argument("--service", choices=["pypi", "osv"], default="pypi")
    parser.add_argument("--osv-url", help="another place of OSV's interface")
    parser.add_argument("--timeout", type=int, default=15, help="seconds that an answer may take")
    parser.add_argument("--accepted", type=Path, default=accepted.default_file())
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
