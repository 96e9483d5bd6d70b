"""`kill -9` of the server, a worker, an engine or ffmpeg, at random moments, while jobs run.

`SURTITLE_TEST_KILLS` and `SURTITLE_TEST_JOBS` set the size (`make chaos`: 200 and 40), `SURTITLE_TEST_SEED`
repeats a run.
"""

import json
import os
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from tests.server import Server
from tests.spoken import film, speak

KILLS = int(os.environ.get("SURTITLE_TEST_KILLS", "14"))
JOBS = int(os.environ.get("SURTITLE_TEST_JOBS", "6"))
ROUND = 3  # jobs more, where all are done before all kills are
MEAN_PAUSE_SECONDS = 5.0
SEED = int(os.environ.get("SURTITLE_TEST_SEED", "7"))

TEXTS = (
    "The harbour lay quiet under the morning fog. Two boats came in with their nets full of herring.",
    "Every letter that she wrote began with the weather. It never ended there, and he kept them all.",
    "We counted the lanterns along the river. There were forty of them, and one had gone out.",
    "The old clock in the hall strikes thirteen at noon. Nobody has ever had the heart to mend it.",
)
RECIPES = ("captioned-video", "subtitles", "transcript")
# A child's death costs an attempt; this test may hit one job more often than any other misfortune would.
PATIENCE = {
    "SURTITLE_JOBS__RETRY_DELAYS_SECONDS": json.dumps([0.2] * 60),
    "SURTITLE_JOBS__MAX_LOST_LEASES": "200",
    "SURTITLE_ENGINES__THREADS": "1",
}


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("clips")
    # Several windows a clip, so that a run can be cut between two checkpoints.
    return [
        film(speak(" ".join([text] * 6), folder / f"{number}.wav"), folder / f"{number}.mp4")
        for number, text in enumerate(TEXTS)
    ]


def results(server: Server, job: dict[str, Any]) -> dict[str, str]:
    listed = httpx.get(f"{server.url}/api/jobs/{job['id']}/artifacts", timeout=30).json()["items"]
    return {artifact["name"]: artifact["sha256"] for artifact in listed}


def told(server: Server, job_id: str) -> tuple[str, int]:
    """All deltas of a job joined, and how often it was said to be completed."""
    text, completed = "", 0
    with httpx.stream("GET", f"{server.url}/api/jobs/{job_id}/events", timeout=30) as stream:
        kind = ""
        for line in stream.iter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "data":
                text += json.loads(value)["text"] if kind == "delta" else ""
                completed += kind == "completed"
    return text, completed


def wanted(count: int, clips: list[Path]) -> tuple[int, str]:
    """Which clip the job of this number takes, and what it makes of it."""
    return count % len(clips), RECIPES[count % len(RECIPES)]


def undisturbed(clips: list[Path], folder: Path) -> dict[tuple[int, str], dict[str, str]]:
    """What each job gives when nobody is killed."""
    with Server(folder / "undisturbed", **PATIENCE) as server:
        jobs = {
            which: server.begin(recipe=which[1], media_id=server.upload(clips[which[0]]))
            for which in {wanted(count, clips) for count in range(max(JOBS, ROUND))}
        }
        return {which: results(server, server.wait(job_id)) for which, job_id in jobs.items()}


def kill_one(server: Server, chance: random.Random) -> str:
    """Kill a process of the installation, and put the server back if it was the one."""
    family = {kind: processes for kind, processes in server.family().items() if processes}
    victim = chance.choice([*family, "server"])
    if victim == "server":
        assert server.process is not None
        server.process.kill()
        server.process.wait()
        server.start()
        return victim
    try:
        chance.choice(family[victim]).kill()
    except psutil.NoSuchProcess:
        return "gone already"
    return victim


def begin_all(server: Server, clips: list[Path]) -> dict[str, tuple[int, str]]:
    jobs = {}
    for count in range(JOBS):
        which = wanted(count, clips)
        media_id = server.upload(clips[which[0]], key=f"clip-{count}")
        jobs[server.begin(key=f"job-{count}", recipe=which[1], media_id=media_id)] = which
    return jobs


@pytest.mark.models
@pytest.mark.timeout(7200)
def test_nothing_is_lost_doubled_or_different_after_kill_nine(clips: list[Path], tmp_path: Path) -> None:
    expected = undisturbed(clips, tmp_path)
    chance = random.Random(SEED)
    victims: Counter[str] = Counter()
    with Server(tmp_path / "disturbed", **PATIENCE) as server:
        jobs = begin_all(server, clips)
        assert len(jobs) == JOBS
        began = time.monotonic()
        while sum(victims.values()) - victims["gone already"] < KILLS:
            # Bursts and pauses: some runs die young, some come far enough to finish a step.
            time.sleep(min(chance.expovariate(1 / MEAN_PAUSE_SECONDS), 30.0))
            victims[kill_one(server, chance)] += 1
            if all(server.job(job_id)["state"] == "succeeded" for job_id in jobs):
                # All work is done before all kills are: more work.
                again = begin_all_again(server, clips, sum(victims.values()))
                jobs |= again
        ended = {job_id: server.wait(job_id, seconds=1800) for job_id in jobs}
        print(  # noqa: T201  the figures are what a long run is made for
            f"\n{sum(victims.values())} kills {dict(victims)} over {len(jobs)} jobs in "
            f"{time.monotonic() - began:.0f} s"
        )
        assert Counter(job["state"] for job in ended.values()) == {"succeeded": len(jobs)}
        for job_id, which in jobs.items():
            assert results(server, ended[job_id]) == expected[which], which
            text, completed = told(server, job_id)
            transcript = httpx.get(f"{server.url}/api/jobs/{job_id}/result?format=json", timeout=30).json()
            assert (text, completed) == (transcript["text"], 1)
        listed = httpx.get(f"{server.url}/api/jobs?limit=200", timeout=30).json()["items"]
        assert len(listed) == len(jobs)


def begin_all_again(server: Server, clips: list[Path], round_: int) -> dict[str, tuple[int, str]]:
    jobs = {}
    for count in range(ROUND):
        which = wanted(count, clips)
        media_id = server.upload(clips[which[0]])
        jobs[server.begin(key=f"round-{round_}-{count}", recipe=which[1], media_id=media_id)] = which
    return jobs
