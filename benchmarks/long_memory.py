"""Whether memory grows with length: three hours against ten minutes.

The narration eighteen times over against the narration, each heard by a fresh process of each side; the
process's largest resident set while it runs (`psutil`, every 0.2 s), in MiB, and in brackets its private
part, without files that are mapped into memory. To keep three hours tolerable the model is
`whisper-tiny.en` and the beam 1: a larger model takes more memory, but the same at any length.
"""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

import psutil

from benchmarks.bare import Side, command, environment, hearing, task
from benchmarks.materials import Materials, seconds_of
from benchmarks.report import Report, progress

_MODEL = "whisper-tiny.en"
_MOST_GROWTH_MIB = 50
_MIB = 1024**2
_PERIOD_SECONDS = 0.2
_ROOT = Path(__file__).parents[1]


@dataclass(slots=True)
class _Peak:
    """Bytes."""

    resident: int = 0
    private: int = 0

    def cell(self) -> str:
        return f"{self.resident / _MIB:.0f} ({self.private / _MIB:.0f})"


def run(report: Report, materials: Materials) -> None:
    short, long = materials.narration, materials.three_hours
    rows, growth = [], {}
    for side in Side:
        few, many = (_peak(side, recording) for recording in (short, long))
        growth[side] = (many.resident - few.resident) / _MIB
        rows.append((side.value, few.cell(), many.cell(), f"{growth[side]:+.0f}"))
    lengths = (f"{seconds_of(recording):.0f} s" for recording in (short, long))
    report.table(("side", *lengths, "growth, MiB"), rows)
    report.aim(
        f"three hours take at most {_MOST_GROWTH_MIB} MiB more than ten minutes",
        f"{growth[Side.ENGINE]:+.0f} MiB",
        met=growth[Side.ENGINE] <= _MOST_GROWTH_MIB,
    )


def _peak(side: Side, recording: Path) -> _Peak:
    progress(f"{recording.name}: {side}")
    peak = _Peak()
    with TemporaryFile("w+") as output:
        wanted = task(side, recording, model=_MODEL, beam_size=1)
        process = subprocess.Popen(command(wanted), cwd=_ROOT, env=environment(side), stdout=output)
        while process.poll() is None:
            _look(process.pid, peak)
            time.sleep(_PERIOD_SECONDS)
        output.seek(0)
        if process.returncode != 0 or not hearing(output.read()).text.strip():
            raise RuntimeError(f"{side} heard nothing in {recording.name}")
    return peak


def _look(pid: int, peak: _Peak) -> None:
    try:
        memory = psutil.Process(pid).memory_info()
    except psutil.Error:
        return  # it has just ended
    peak.resident = max(peak.resident, memory.rss)
    peak.private = max(peak.private, memory.rss - getattr(memory, "shared", 0))
