"""Engines for a process that a test starts."""

import os
from collections.abc import Mapping
from pathlib import Path

FAKES = Path(__file__).resolve().parent


def with_engines(folder: Path, points: Mapping[str, str]) -> dict[str, str]:
    """The variables of a process in which these entry points are installed, as pip would have done it."""
    info = folder / "site" / "fake_engines-1.0.dist-info"
    info.mkdir(parents=True)
    lines = [f"{name} = {value}" for name, value in points.items()]
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fake-engines\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("\n".join(["[surtitle.engines]", *lines]))
    given = filter(None, [os.environ.get("PYTHONPATH")])
    return {"PYTHONPATH": os.pathsep.join([str(info.parent), str(FAKES), *given])}


PITCH = {"pitch": "pitch_engines:PITCH_DIARIZER", "pitch-encoder": "pitch_engines:PITCH_ENCODER"}
PITCH_SETTINGS = {"SURTITLE_ENGINES__DIARIZER": "pitch", "SURTITLE_ENGINES__VOICE_ENCODER": "pitch-encoder"}
"""With these the engines of `pitch_engines` are the installation's own."""
