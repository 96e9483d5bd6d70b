"""How loud a film is: measured first, then brought to the wanted loudness in one even gain.

EBU R 128 (loudness normalisation), ITU-R BS.1770-4 (how it is measured).
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from surtitle.pipelines.rendering.process import run_ffmpeg

# EBU R 128 s2 (streaming): the true peak leaves room for lossy coding.
_TRUE_PEAK_DB = -1.5
# As wide as speech over music gets; above it ffmpeg would compress instead of turning up.
_RANGE_LU = 20
_MEASURED = ("input_i", "input_tp", "input_lra", "input_thresh", "target_offset")


@dataclass(frozen=True, slots=True)
class Loudness:
    """What a first pass found, in LUFS, dBTP and LU."""

    integrated: float
    true_peak: float
    range: float
    threshold: float
    offset: float

    @property
    def is_silent(self) -> bool:
        return not math.isfinite(self.integrated)


async def measured(
    executable: Path, inputs: Sequence[str], graph: str, *, folder: Path, source: Path, target_lufs: float
) -> Loudness:
    """The loudness of what `graph` gives out as `[mixed]`."""
    run = await run_ffmpeg(
        executable,
        [
            *inputs,
            *("-filter_complex", f"{graph};[mixed]{_filter(target_lufs)}:print_format=json[out]"),
            *("-map", "[out]", "-f", "null", "-"),
        ],
        folder=folder,
        source=source,
        level="info",
        keep=lambda line: line.startswith(("{", "}", '\t"')),
    )
    found = json.loads("".join(run.complaints[-12:]))
    return Loudness(*(float(found[name]) for name in _MEASURED))


def normalised(loudness: Loudness, target_lufs: float) -> str:
    """The filter that brings what was measured to `target_lufs`; silence stays silence."""
    if loudness.is_silent:
        return "anull"
    known = (
        f"measured_I={loudness.integrated}:measured_TP={loudness.true_peak}:measured_LRA={loudness.range}:"
        f"measured_thresh={loudness.threshold}:offset={loudness.offset}"
    )
    return f"{_filter(target_lufs)}:{known}:linear=true,aresample=48000"


def _filter(target_lufs: float) -> str:
    return f"loudnorm=I={target_lufs:g}:TP={_TRUE_PEAK_DB:g}:LRA={_RANGE_LU}"
