"""Runs benchmarks and prints Markdown: `python -m benchmarks [--quick] [NAME…]`.

A missed aim is a finding, not a failure. The exit status is 1 only when a benchmark could not be run.
"""

import argparse
import importlib
import signal
import sys
import tempfile
import traceback
from pathlib import Path

from benchmarks.machine import machine_facts
from benchmarks.materials import Materials
from benchmarks.report import Report

NAMES = (
    "overhead",
    "accuracy",
    "burn_in",
    "accept",
    "speed",
    "memory",
    "ten_people",
    "recognition",
    "many_mixes",
    "word_times",
    "invented",
    "long_memory",
    "residency",
    "authentication",
    "many_workers",
    "job_table",
    "job_list",
    "object_storage",
    "backups",
    "listeners",
    "search",
    "diarization",
    "meeting",
    "long_meeting",
    "voices",
    "films",
    "audiograms",
    "caption_times",
    "kpis",
    "watching",
    "pages",
)


def main() -> int:
    chosen = _arguments()
    # So that the servers that are being measured end too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    report = Report(quick=chosen.quick)
    broken = []
    with tempfile.TemporaryDirectory(prefix="surtitle-benchmarks-") as folder:
        materials = Materials(Path(folder), quick=chosen.quick, pairs=chosen.pairs)
        report.begin(machine_facts())
        for name in chosen.names or NAMES:
            benchmark = importlib.import_module(f"benchmarks.{name}")
            report.benchmark(name, benchmark.__doc__ or "")
            try:
                benchmark.run(report, materials)
            except Exception:  # noqa: BLE001 - half an hour of other figures must not be lost with it
                traceback.print_exc()
                report.say("**It could not be run**; the reason is on standard error.")
                broken.append(name)
        report.end()
    return 1 if broken else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which ones, of: {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="short recordings, to see that they run")
    parser.add_argument("--pairs", type=int, default=2, help="turns of compared sides, there and back")
    chosen = parser.parse_args()
    unknown = [name for name in chosen.names if name not in NAMES]
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}; choose from: {', '.join(NAMES)}")
    return chosen


if __name__ == "__main__":
    sys.exit(main())
