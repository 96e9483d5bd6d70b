"""How much faster than the recording lasts a whole job is.

Whole jobs from asking for them over HTTP to their `completed` event, worker warm, Whisper base. Films are
1280x720 at 30 frames a second (ffmpeg's moving test card, harder to encode than a talking head), captions
burned in with the default style and preset.
"""

from dataclasses import dataclass
from pathlib import Path

from tests.server import Server

from benchmarks.materials import Materials, seconds_of
from benchmarks.product import run_job, warm_server
from benchmarks.report import Report, progress

_LEAST_SPEEDS = {"subtitles": 8.0, "captioned-video": 3.0}


@dataclass(frozen=True, slots=True)
class _Sample:
    name: str
    recipe: str
    path: Path


def run(report: Report, materials: Materials) -> None:
    rows, speeds = [], []
    with warm_server(materials, "speed") as server:
        for sample in _samples(materials):
            progress(f"{sample.recipe} of {sample.name}")
            length, seconds, steps = _measured(server, sample)
            speeds.append(length / seconds)
            figures = (f"{length:.0f}", f"{seconds:.2f}", f"{speeds[-1]:.1f}")
            rows.append((f"`{sample.recipe}`", sample.name, *figures, steps))
    report.table(("recipe", "recording", "lasts s", "takes s", "x real time", "of which"), rows)
    for sample, speed in zip(_samples(materials), speeds, strict=True):
        least = _LEAST_SPEEDS[sample.recipe]
        report.aim(
            f"`{sample.recipe}` of {sample.name} at {least:g} x real time or more",
            f"{speed:.1f} x",
            met=speed >= least,
        )


def _samples(materials: Materials) -> list[_Sample]:
    samples = [
        _Sample("the narration", "subtitles", materials.narration),
        _Sample("the narration", "captioned-video", materials.narration_film),
    ]
    if not materials.quick and materials.meeting and materials.meeting_film:
        samples += [
            _Sample("meeting-a", "subtitles", materials.meeting),
            _Sample("meeting-a", "captioned-video", materials.meeting_film),
        ]
    return samples


def _measured(server: Server, sample: _Sample) -> tuple[float, float, str]:
    """How long it lasts, how long it takes, and which step took how much of it."""
    done = run_job(server, server.upload(sample.path), sample.recipe)
    steps = ", ".join(f"{step['name']} {step['seconds']:.2f} s" for step in server.job(done.id)["steps"])
    return seconds_of(sample.path), done.seconds, steps
