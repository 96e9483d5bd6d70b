"""A meeting of six hours, from end to end: done at all, by how many voices, how fast, and in how much memory.

Four people in conversation (`MixMaker.talk`: gaps as in talk, a tenth of the turns begin before the last one
ends, a quiet room), so that who speaks when is known. A server does the job `meeting` with words, voices,
minutes and one result. **DER** as in the benchmark `diarization`. Memory is the largest of each kind of
process, in MiB, in brackets the private part (`psutil`, every 0.2 s).
"""

import httpx
from tests.server import Server

from benchmarks.materials import Materials, seconds_of
from benchmarks.mixes import Mix, MixMaker
from benchmarks.process_memory import MIB, MemorySampler
from benchmarks.product import run_job, warm_server
from benchmarks.report import Report, progress
from surtitle.cli.evaluation.rates import turn_rates
from surtitle.cli.evaluation.reading import read_told
from surtitle.cli.evaluation.told import Said

_SECONDS = 6 * 3600.0
_QUICK_SECONDS = 30.0
_MOST_MIB = 1024


def run(report: Report, materials: Materials) -> None:
    progress("six hours of talk")
    talk = MixMaker(materials.folder).talk("talk", _QUICK_SECONDS if materials.quick else _SECONDS)
    with warm_server(materials, "long-meeting") as server:
        media_id = server.upload(talk.path)
        progress("the meeting")
        with MemorySampler(server) as sampler:
            done = run_job(server, media_id, "meeting")
        told = _told(server, done.id, materials)
    lasts, peaks = seconds_of(talk.path), sampler.peaks
    report.say(f"{lasts:.0f} s of sound in {done.seconds:.0f} s, {lasts / done.seconds:.1f} x real time.")
    kinds = [kind for kind in ("server", "worker", "engine") if kind in peaks.resident]
    cells = [peaks.cell(kind) for kind in kinds]
    report.table((*kinds, "all, private"), [(*cells, f"({peaks.total_private / MIB:.0f})")])
    rates = turn_rates(_known(talk), told)
    report.say(f"DER {rates.der:.1%}, {rates.der_collar:.1%} with a collar and without overlaps.")
    report.aim(
        "everybody is told apart, and nobody else",
        f"{rates.speakers_found} of {rates.speakers}",
        met=rates.speakers_found == rates.speakers,
    )
    report.aim(
        f"the engine holds at most {_MOST_MIB} MiB",
        f"{peaks.resident['engine'] / MIB:.0f} MiB",
        met=peaks.resident["engine"] <= _MOST_MIB * MIB,
    )


def _told(server: Server, job_id: str, materials: Materials) -> list[Said]:
    url = f"{server.url}/api/jobs/{job_id}/artifacts/result.json"
    path = materials.folder / "result.json"
    path.write_bytes(httpx.get(url, timeout=60).raise_for_status().content)
    return read_told(path).speaking or []


def _known(talk: Mix) -> list[Said]:
    return [Said(turn.speaker, turn.start_seconds, turn.end_seconds) for turn in talk.turns]
