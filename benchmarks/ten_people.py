"""Ten people who come at the same moment: does everyone get what is theirs, and in fair time.

Ten recordings cut from the narration, uploaded and run (`subtitles`) at the same moment by ten clients;
each one's time runs from the first byte of its upload to its `completed` event. **Fair share**: when all
that are not yet done share the machine equally, a recording that takes `w` seconds alone among others that
take `v` is done after the sum of `min(v, w)` over all ten, itself included. `w` is measured in the same
run: one recording alone, its seconds per second of sound times each length. So with ten equal recordings
everyone's fair share is ten times the time alone, and with unequal ones a short recording may expect to be
early.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.server import Server

from benchmarks.materials import Materials, seconds_of
from benchmarks.product import begin_job, wait_for_end, warm_server
from benchmarks.report import Report, progress

_PEOPLE = 10
_MOST_SHARES = 2.0
_RECIPE = "subtitles"


def run(report: Report, materials: Materials) -> None:
    equal = materials.slices([1.0] * _PEOPLE)
    unequal = materials.slices([float(weight) for weight in range(1, _PEOPLE + 1)])
    with warm_server(materials, "ten-people") as server:
        progress("one alone")
        pace = _seconds_from_upload(server, equal[0]) / seconds_of(equal[0])
        for name, recordings in (("of equal length", equal), ("1 to 10 parts long", unequal)):
            progress(f"ten recordings {name}")
            _report(report, name, recordings, pace, _together(server, recordings))


def _report(report: Report, name: str, recordings: list[Path], pace: float, seconds: list[float]) -> None:
    lengths = [seconds_of(recording) for recording in recordings]
    alone = [length * pace for length in lengths]
    fair = fair_shares(alone)
    shares = [took / share for took, share in zip(seconds, fair, strict=True)]
    rows = [
        (f"{length:.0f}", f"{by_itself:.1f}", f"{share:.1f}", f"{took:.1f}", f"{ratio:.2f}")
        for length, by_itself, share, took, ratio in zip(lengths, alone, fair, seconds, shares, strict=True)
    ]
    report.say(f"Ten recordings {name}:")
    report.table(("lasts s", "alone s", "fair share s", "took s", "took / fair share"), rows)
    report.aim(
        f"all ten ({name}) complete, each within {_MOST_SHARES:g} times its fair share",
        f"{len(seconds)} complete, the slowest took {max(shares):.2f} of it",
        met=len(seconds) == _PEOPLE and max(shares) <= _MOST_SHARES,
    )


def fair_shares(alone_seconds: list[float]) -> list[float]:
    """When each is done if all that are left always share the machine equally."""
    return [sum(min(one, other) for other in alone_seconds) for one in alone_seconds]


def _together(server: Server, recordings: list[Path]) -> list[float]:
    start = threading.Barrier(len(recordings))

    def person(recording: Path) -> float:
        start.wait()
        return _seconds_from_upload(server, recording)

    with ThreadPoolExecutor(len(recordings)) as people:
        return list(people.map(person, recordings))


def _seconds_from_upload(server: Server, recording: Path) -> float:
    began = time.perf_counter()
    job_id = begin_job(server, server.upload(recording), _RECIPE)
    return wait_for_end(server, job_id) - began
