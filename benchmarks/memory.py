"""Peak memory of each process, and whether it grows with the length of the recording.

The largest resident set of each kind of process while a job runs, in MiB, from the server down (`psutil`,
every 0.2 s; each job on a new, warm server). In brackets the private part: without files that are mapped
into memory, such as the decoded sound and the libraries, which the kernel drops when it needs the room.
The narration is the same ten minutes again and again. **Talk** is people in conversation, whose stretches
are of ever new lengths: what is kept for each length shows there alone.
"""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.materials import Materials, seconds_of
from benchmarks.mixes import MixMaker
from benchmarks.process_memory import MIB, MemorySampler, Peaks
from benchmarks.product import run_job, warm_server
from benchmarks.report import Report, progress

_MOST_GROWTH = 1.10
_MOST_ENGINE_GROWTH_MIB = 50
_TALK_SECONDS = (600.0, 3600.0)
_QUICK_TALK_SECONDS = (10.0, 20.0)


@dataclass(frozen=True, slots=True)
class _Sample:
    name: str
    what: str
    recipe: str
    path: Path


def run(report: Report, materials: Materials) -> None:
    maker = MixMaker(materials.folder)
    few, many = _QUICK_TALK_SECONDS if materials.quick else _TALK_SECONDS
    samples = [
        _Sample("ten", "narration", "transcript", materials.narration),
        _Sample("hour", "narration", "transcript", materials.hour),
        _Sample("talk-ten", "talk", "transcript", maker.talk("talk-ten", few).path),
        _Sample("talk-hour", "talk", "transcript", maker.talk("talk-hour", many).path),
        _Sample("film", "narration", "captioned-video", materials.minute_film),
    ]
    peaks = {sample.name: _peaks(materials, sample) for sample in samples}
    kinds = [kind for kind in ("server", "worker", "engine", "ffmpeg", "probe") if _seen(peaks, kind)]
    rows = [(kind, *(peak.cell(kind) for peak in peaks.values())) for kind in kinds]
    rows.append(("all, private", *(f"({peak.total_private / MIB:.0f})" for peak in peaks.values())))
    heads = [f"`{one.recipe}`, {one.what}, {seconds_of(one.path):.0f} s" for one in samples]
    report.table(("process", *heads), rows)
    growth = peaks["hour"].total_private / peaks["ten"].total_private
    report.aim(
        f"six times the length takes at most {_MOST_GROWTH} times the private memory",
        f"{growth:.2f} times",
        met=growth <= _MOST_GROWTH,
    )
    few_mib, many_mib = (peaks[name].resident["engine"] / MIB for name in ("talk-ten", "talk-hour"))
    report.aim(
        f"the engine holds at most {_MOST_ENGINE_GROWTH_MIB} MiB more in an hour of talk than in ten minutes",
        f"{many_mib - few_mib:+.0f} MiB",
        met=many_mib - few_mib <= _MOST_ENGINE_GROWTH_MIB,
    )


def _peaks(materials: Materials, sample: _Sample) -> Peaks:
    with warm_server(materials, f"memory-{sample.name}") as server:
        media_id = server.upload(sample.path)
        progress(f"{sample.recipe} of {sample.path.name}")
        with MemorySampler(server) as sampler:
            run_job(server, media_id, sample.recipe)
    return sampler.peaks


def _seen(peaks: dict[str, Peaks], kind: str) -> bool:
    return any(kind in peak.resident for peak in peaks.values())
