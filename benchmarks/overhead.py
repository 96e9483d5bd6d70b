"""What the server, the job table and the checkpoints add to the engine's own time.

The whole `transcript` job, from asking for it over HTTP to its `completed` event, worker warm, against the
bare engine on the same file: the same recogniser, weights, number format and threads in a fresh process,
warm too, with PyAV decoding the file and neither server nor job. Beside them faster-whisper as its README
shows it (`transcribe(beam_size=5, vad_filter=True)`, which makes no word times; the job does). The sides
take turns (A B C C B A).
"""

import time
from statistics import median

from tests.server import Server

from benchmarks.bare import Side, hear
from benchmarks.materials import Materials, seconds_of
from benchmarks.product import MODEL, cold_server, run_job
from benchmarks.report import Report
from benchmarks.timing import Turns, in_turns, spread

_PRODUCT = "whole job"
_MOST_OVER = 0.03


def run(report: Report, materials: Materials) -> None:
    began = time.perf_counter()
    with cold_server(materials, "overhead") as server:
        _report_cold_start(report, materials, server, time.perf_counter() - began)
        turns = _measured(materials, server)
    _report_turns(report, turns, seconds_of(materials.narration))


def _measured(materials: Materials, server: Server) -> Turns:
    media_id = server.upload(materials.narration)

    def bare(side: Side) -> float:
        return hear(side, materials.narration, warm_up=materials.clip, model=MODEL).seconds

    sides = {
        _PRODUCT: lambda: run_job(server, media_id, "transcript").seconds,
        Side.ENGINE.value: lambda: bare(Side.ENGINE),
        Side.FASTER_WHISPER.value: lambda: bare(Side.FASTER_WHISPER),
    }
    return in_turns(sides, pairs=materials.pairs)


def _report_turns(report: Report, turns: Turns, length_seconds: float) -> None:
    engine = median(turns[Side.ENGINE])
    rows = []
    for side, seconds in turns.items():
        speed, ratio = length_seconds / median(seconds), median(seconds) / engine
        rows.append((side, str(len(seconds)), spread(seconds), f"{speed:.1f}", f"{ratio:.3f}"))
    head = ("side", "runs", "seconds: median (range)", "x real time", "time against the bare engine")
    report.say(f"Recording: {length_seconds:.0f} s of narration in AAC.")
    report.table(head, rows)
    over = median(turns[_PRODUCT]) / engine - 1
    report.aim(
        f"the whole job takes at most {_MOST_OVER:.0%} longer than the bare engine",
        f"{over:+.1%}",
        met=over <= _MOST_OVER,
    )


def _report_cold_start(report: Report, materials: Materials, server: Server, start_seconds: float) -> None:
    """The first job of a new server, and the same once more. Apart from the rest: it happens once a start."""
    media_id = server.upload(materials.clip)
    first = run_job(server, media_id, "transcript").seconds
    again = run_job(server, media_id, "transcript").seconds
    report.say(f"Cold start, with a clip of {seconds_of(materials.clip):.0f} s:")
    rows = [
        ("`surtitle serve`, from its start to its first answer", f"{start_seconds:.2f}"),
        ("first job, as soon as it answers (worker starts, model loads)", f"{first:.2f}"),
        ("the same job again", f"{again:.2f}"),
        ("what being cold costs the first job", f"{first - again:.2f}"),
    ]
    report.table(("", "seconds"), rows)
