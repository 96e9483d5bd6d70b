"""One model at a time: what the engine process holds before, between and after the phases of a meeting.

The four models of a meeting do their work one after another on the narration, in the child of one engine
host. Resident set of that child, in MB: with the engine of the phase loaded and at its most while it works
(every 0.1 s), and what is left when it has gone and the next is not there yet: the libraries, which a process
keeps once it has loaded them. The round is gone five times; after the first nothing is new to the child.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

from tests.spoken import ffmpeg

from benchmarks.materials import Materials
from benchmarks.report import Report, progress
from surtitle.config import Settings
from surtitle.domain.options import DiarizationOptions, TranscriptionOptions
from surtitle.domain.recognition import WindowCursor
from surtitle.domain.transcript import Stretch
from surtitle.engines.host import EngineHost
from surtitle.engines.models import EngineChooser, ModelStore, probe_hardware
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.registry import Capability, EngineRegistry
from surtitle.engines.sound import SAMPLE_RATE_HZ
from surtitle.pipelines.transcription.selection import EngineSelector

_SECONDS = 180
_QUICK_SECONDS = 12
_MB = 1e6
_MOST_GROWTH = 1.05
_ROUNDS = 5


@dataclass(slots=True)
class _Phase:
    name: str
    setup: EngineSetup
    work: Callable[[EngineHost, EngineSetup], Awaitable[object]]
    loaded_mb: float = 0.0
    peak_mb: float = 0.0
    left_mb: list[float] = field(default_factory=list)
    load_seconds: float = 0.0
    work_seconds: float = 0.0


def run(report: Report, materials: Materials) -> None:
    sound = _sound(materials)
    empty_mb, phases = asyncio.run(_measured(sound))
    report.say(f"A child that has loaded nothing yet holds {empty_mb:.0f} MB.")
    rows = [
        (
            phase.name,
            f"{phase.loaded_mb:.0f}",
            f"{phase.peak_mb:.0f}",
            " then ".join(f"{left:.0f}" for left in phase.left_mb),
            f"{phase.load_seconds:.1f}",
            f"{phase.work_seconds:.1f}",
        )
        for phase in phases
    ]
    report.table(("phase", "loaded", "at most", "left when it has gone", "loading, s", "work, s"), rows)
    growth = max(phase.left_mb[-1] / phase.left_mb[1] for phase in phases)
    report.aim(
        f"the last round leaves at most {_MOST_GROWTH} times what the second left",
        f"{growth:.2f} times",
        met=growth <= _MOST_GROWTH,
    )


def _sound(materials: Materials) -> Path:
    """The beginning of the narration as engines read it, under a header of 44 bytes."""
    seconds = _QUICK_SECONDS if materials.quick else _SECONDS
    path = materials.folder / "residency.wav"
    rate = ("-ac", "1", "-ar", str(SAMPLE_RATE_HZ), "-c:a", "pcm_s16le", "-bitexact", "-map_metadata", "-1")
    ffmpeg("-i", str(materials.narration), "-t", str(seconds), *rate, str(path))
    return path


async def _measured(sound: Path) -> tuple[float, list[_Phase]]:
    settings = Settings()
    registry, models, hardware = EngineRegistry(), ModelStore(settings), probe_hardware()
    chooser = EngineChooser(settings, registry, models, hardware)
    selector = EngineSelector(settings.engines, registry, models, hardware)
    host = EngineHost(settings.engines, registry)
    phases = [
        _Phase("transcription", selector.select(TranscriptionOptions()).setup, _transcribe(sound)),
        _Phase("diarization", chooser.setup_for(Capability.DIARIZER), _diarize(sound)),
        _Phase("identification", chooser.setup_for(Capability.VOICE_ENCODER), _encode(sound)),
        _Phase("index", chooser.setup_for(Capability.TEXT_EMBEDDER), _embed),
    ]
    left: list[float] = []
    try:
        # One more at the end, for what the last one leaves.
        for phase in [*phases * _ROUNDS, phases[0]]:
            progress(f"{phase.name} by {phase.setup.engine}")
            await _measure(host, phase)
            left.append(host.facts.rss_between_bytes / _MB)
    finally:
        await host.close()
    for number, phase in enumerate(phases, start=1):
        phase.left_mb = left[number :: len(phases)]
    return left[0], phases


async def _measure(host: EngineHost, phase: _Phase) -> None:
    await host.warm(phase.setup)
    phase.loaded_mb, phase.load_seconds = host.facts.rss_bytes / _MB, host.facts.load_seconds
    began = time.monotonic()
    work = asyncio.ensure_future(phase.work(host, phase.setup))
    while not work.done():
        phase.peak_mb = max(phase.peak_mb, host.facts.rss_bytes / _MB)
        await asyncio.wait({work}, timeout=0.1)
    await work
    phase.work_seconds = time.monotonic() - began


def _transcribe(sound: Path) -> Callable[[EngineHost, EngineSetup], Awaitable[object]]:
    async def work(host: EngineHost, setup: EngineSetup) -> None:
        async with aclosing(host.transcribe(setup, sound, TranscriptionOptions(), WindowCursor())) as windows:
            async for _ in windows:
                pass

    return work


def _diarize(sound: Path) -> Callable[[EngineHost, EngineSetup], Awaitable[object]]:
    def work(host: EngineHost, setup: EngineSetup) -> Awaitable[object]:
        return host.diarize(setup, sound, DiarizationOptions(), lambda _: None)

    return work


def _encode(sound: Path) -> Callable[[EngineHost, EngineSetup], Awaitable[object]]:
    def work(host: EngineHost, setup: EngineSetup) -> Awaitable[object]:
        return host.encode_voice(setup, sound, [Stretch(0.0, 10.0)])

    return work


def _embed(host: EngineHost, setup: EngineSetup) -> Awaitable[object]:
    return host.embed_texts(setup, ["What did we decide about the budget? " * 8] * 64, is_query=False)
