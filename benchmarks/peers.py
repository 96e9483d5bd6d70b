"""Other makers' recognisers on the same weights, each in an environment of its own.

They want PyTorch and pull in gigabytes, so they are no dependency: the folder that the variable
`SURTITLE_PEERS` names holds a virtual environment each, named as below. What is not there is left out.
"""

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path

import imageio_ffmpeg

from benchmarks.bare import Hearing, engine_setup, hearing
from benchmarks.peer_process import PeerTask
from benchmarks.report import progress

PEERS = ("whisperx", "stable-ts")
_VARIABLE = "SURTITLE_PEERS"
_SCRIPT = Path(__file__).with_name("peer_process.py")

Peers = Mapping[str, Callable[[Path], Hearing]]


def installed_peers(model: str, clip: Path) -> tuple[Peers, list[str]]:
    """Every peer that hears something in `clip`; for each other a sentence that says why it is left out."""
    found: dict[str, Callable[[Path], Hearing]] = {}
    left_out = []
    for name in PEERS:
        progress(f"trying the peer {name}")
        if reason := _why_not(name, model, clip):
            left_out.append(f"{name} was left out: {reason}")
        else:
            found[name] = partial(_hear, name, model=model, warm_up=clip)
    return found, left_out


def _why_not(name: str, model: str, clip: Path) -> str | None:
    if _VARIABLE not in os.environ:
        return f"the variable `{_VARIABLE}` is not set."
    python = _python(name)
    if not python.exists():
        return f"`{python}` is not there."
    try:
        _hear(name, clip, model=model, warm_up=clip)
    except subprocess.CalledProcessError as error:
        told = (error.stderr or "").strip().splitlines()
        return f"it does not run here ({told[-1] if told else error})."
    return None


def _python(name: str) -> Path:
    return Path(os.environ[_VARIABLE]) / name / "bin" / "python"


def _hear(name: str, recording: Path, *, model: str, warm_up: Path) -> Hearing:
    setup = engine_setup(model)
    wanted = PeerTask(
        name,
        str(setup.model_directory),
        setup.device,
        setup.compute_type,
        setup.threads,
        str(recording),
        str(warm_up),
        imageio_ffmpeg.get_ffmpeg_exe(),
    )
    command = [str(_python(name)), str(_SCRIPT), json.dumps(asdict(wanted))]
    return hearing(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
