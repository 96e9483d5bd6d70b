"""One recording of an hour on one worker and on two: the time, and the words at the seams.

Both are the same real `surtitle serve`, with one and with two workers of one engine thread each, Whisper
base, model loaded before. The words are compared one by one with those of a run that shares nothing
(`fan_out_seconds=0`): a word that differs was lost or changed at a seam. Two workers need two cores that are
idle otherwise.
"""

import difflib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tests.server import Server

from benchmarks.materials import Materials, seconds_of
from benchmarks.product import begin_job, run_job, transcript_of, wait_for_end
from benchmarks.report import Report, progress

_LEAST_RATIO = 1.8
_WORKERS = (1, 2)
# A quick run's recording is a few minutes long, and is to be shared too.
_QUICK = {"SURTITLE_JOBS__FAN_OUT_SECONDS": "60", "SURTITLE_JOBS__PART_SECONDS": "30"}
_UNSHARED = {"SURTITLE_JOBS__FAN_OUT_SECONDS": "0"}
_RECIPE = "transcript"


def run(report: Report, materials: Materials) -> None:
    recording = materials.hour
    progress("one worker that shares nothing")
    expected, undivided_seconds = _heard(materials, 1, _UNSHARED)
    rows = [("1, sharing nothing", f"{undivided_seconds:.0f}", "1.00", "0")]
    seconds: dict[int, float] = {}
    different = 0
    for workers in _WORKERS:
        progress(f"{workers} worker(s)")
        words, seconds[workers] = _heard(materials, workers, _QUICK if materials.quick else {})
        differing = _differing(expected, words)
        different += differing
        took = seconds[workers]
        rows.append((str(workers), f"{took:.0f}", f"{undivided_seconds / took:.2f}", str(differing)))
    report.say(f"The recording lasts {seconds_of(recording):.0f} s and has {len(expected)} words.")
    report.table(("workers", "took s", "times as fast", "words that differ"), rows)
    ratio = seconds[1] / seconds[2]
    report.aim(
        f"two workers are at least {_LEAST_RATIO:g} times as fast as one, and no word is lost at a seam",
        f"{ratio:.2f} times as fast, {different} words differ",
        met=ratio >= _LEAST_RATIO and different == 0,
    )


def _heard(materials: Materials, workers: int, settings: dict[str, str]) -> tuple[list[str], float]:
    """The words of the recording, and the seconds from asking for them to the end of the job."""
    with _warm(materials, workers, settings) as server:
        media_id = server.upload(materials.hour)
        began = time.perf_counter()
        job_id = begin_job(server, media_id, _RECIPE)
        ended = wait_for_end(server, job_id)
        return transcript_of(server, job_id).split(), ended - began


@contextmanager
def _warm(materials: Materials, workers: int, settings: dict[str, str]) -> Iterator[Server]:
    """A server each of whose workers has the model loaded."""
    variables = {
        "SURTITLE_SERVER__WORKERS": str(workers),
        "SURTITLE_ENGINES__THREADS": "1",
        **settings,
    }
    name = f"many-workers-{workers}-{settings.get('SURTITLE_JOBS__FAN_OUT_SECONDS', 'usual')}"
    with Server(materials.folder / name, **variables) as server:
        clip = server.upload(materials.clip)
        with ThreadPoolExecutor(workers) as people:
            list(people.map(lambda _: run_job(server, clip, _RECIPE), range(workers)))
        yield server


def _differing(expected: list[str], found: list[str]) -> int:
    """How many words were lost, added or changed."""
    matcher = difflib.SequenceMatcher(a=expected, b=found, autojunk=False)
    return sum(
        max(to - start, second_to - second_start)
        for kind, start, to, second_start, second_to in matcher.get_opcodes()
        if kind != "equal"
    )
