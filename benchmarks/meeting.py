"""A whole meeting job against its two large parts alone: does telling who spoke cost more than it must.

Three sides in turn, on the same recording: the job `meeting` by a server (words, voices, names, minutes, one
result), the job `transcript` by the same server, and diarization alone (decoding the sound, then the engine
in a process of its own). Before each of the jobs a short transcript has been made, so that Whisper is in
memory for both; the diarizer is loaded within the time that is measured, in the job as alone.
"""

import asyncio
import time
from pathlib import Path
from statistics import median

import httpx
from tests.server import Server

from benchmarks.materials import Materials, seconds_of
from benchmarks.product import run_job, warm_server
from benchmarks.report import Report
from benchmarks.timing import in_turns, spread
from surtitle.config import Settings
from surtitle.domain.options import DiarizationOptions
from surtitle.engines.builtin.cuda import cuda_device_count
from surtitle.engines.host import EngineHost
from surtitle.engines.models import EngineChooser, ModelStore, probe_hardware
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.registry import Capability, EngineRegistry
from surtitle.media.sound import extract_sound

_MOST = 1.05
_STEPS = ("transcription", "diarization", "identification", "fusion", "minutes", "result")


def run(report: Report, materials: Materials) -> None:
    recording = materials.clip if materials.quick else materials.meeting or materials.narration
    with warm_server(materials, "meeting") as server, asyncio.Runner() as runner:
        jobs = _Jobs(server, recording, materials.clip)
        alone = _Alone(recording, materials.folder, runner)
        sides = {"meeting": jobs.meeting, "transcript alone": jobs.transcript, "diarization alone": alone.run}
        seconds = in_turns(sides, materials.pairs)
    lasts = seconds_of(recording)
    report.say(f"`{recording.name}`, {lasts:.0f} s; seconds, median (least to most):")
    report.table(
        ("side", "seconds", "times real time"),
        [(side, spread(took), f"{lasts / median(took):.1f}") for side, took in seconds.items()],
    )
    report.say("The steps of the last meeting:")
    report.table(("step", "seconds"), [(name, f"{jobs.steps[name]:.2f}") for name in _STEPS])
    whole = median(seconds["meeting"])
    parts = median(seconds["transcript alone"]) + median(seconds["diarization alone"])
    report.aim(
        f"whole meeting job over (transcription alone + diarization alone) at most {_MOST}",
        f"{whole / parts:.3f}",
        met=whole / parts <= _MOST,
    )


class _Jobs:
    """The sides that a server does."""

    def __init__(self, server: Server, recording: Path, clip: Path) -> None:
        self.steps: dict[str, float] = {}
        self._server = server
        self._recording = server.upload(recording)
        self._clip = server.upload(clip)

    def meeting(self) -> float:
        run_job(self._server, self._clip, "transcript")
        done = run_job(self._server, self._recording, "meeting")
        answer = httpx.get(f"{self._server.url}/api/jobs/{done.id}", timeout=30).raise_for_status()
        job = answer.json()
        if failed := [step["name"] for step in job["steps"] if step["state"] != "done"]:
            raise RuntimeError(f"the meeting did without {failed}: {job['warnings']}")
        self.steps = {step["name"]: step["seconds"] for step in job["steps"]}
        return done.seconds

    def transcript(self) -> float:
        run_job(self._server, self._clip, "transcript")
        return run_job(self._server, self._recording, "transcript").seconds


class _Alone:
    """Diarization with nothing around it."""

    def __init__(self, recording: Path, folder: Path, runner: asyncio.Runner) -> None:
        settings = Settings()
        self._recording = recording
        self._sound = folder / "meeting-alone.wav"
        self._runner = runner
        registry = EngineRegistry()
        self._host = EngineHost(settings.engines, registry)
        hardware = probe_hardware(cuda_device_count())
        chooser = EngineChooser(settings, registry, ModelStore(settings), hardware)
        self._setup = chooser.setup_for(Capability.DIARIZER)

    def run(self) -> float:
        return self._runner.run(self._timed())

    async def _timed(self) -> float:
        # A child that is there and holds something else, as the worker's does after the words.
        await self._host.warm(EngineSetup("dummy", "", None, "cpu", "float32", 1))
        began = time.perf_counter()
        extract_sound(self._recording, self._sound)
        await self._host.diarize(self._setup, self._sound, DiarizationOptions(), lambda _fraction: None)
        took = time.perf_counter() - began
        await self._host.close()
        return took
