"""Work for a cluster under fault, and the count of what became of it."""

import hashlib
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from tests.faults.cluster import Cluster
from tests.faults.member import Member
from tests.spoken import ffmpeg

STUCK_SECONDS = float(os.environ.get("SURTITLE_TEST_STUCK_SECONDS", "90"))
"""From the moment that nothing is broken any more until all work is done; more on a machine that is busy."""
RECIPES = ("subtitles", "transcript")
# 40 to 80 seconds of sound are 4 to 8 windows: jobs of unequal length, with several checkpoints each.
CLIP_SECONDS = (40, 60, 80)
_ENDED = {"succeeded", "failed", "cancelled"}

Which = tuple[int, str]
"""The number of a clip, and a recipe."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What must not be. Each entry says which job, and what about it."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    differ: list[str] = field(default_factory=list)


UNHARMED = Tally()


class Load:
    """Jobs on a cluster. What each must make is learned once, by `learn`, while nothing is broken."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self.cluster = cluster
        self.clips = [_tone(folder / f"{seconds}.flac", seconds) for seconds in CLIP_SECONDS]
        self.begun: dict[str, Which] = {}
        self._client = cluster.client
        self._expected: dict[Which, dict[str, str]] = {}
        self._round = 0

    def learn(self) -> None:
        """Do each kind of job once, undisturbed."""
        for job_id, which in self.begin(len(self.clips) * len(RECIPES)).items():
            state = self._ended(job_id, time.monotonic() + STUCK_SECONDS)["state"]
            assert state == "succeeded", self.cluster.last_words()
            self._expected[which] = self._client.artifacts(job_id)

    def begin(self, count: int) -> dict[str, Which]:
        """Start so many jobs, each on an upload of its own."""
        self._round += 1
        begun = {}
        for number in range(count):
            which = (number % len(self.clips), RECIPES[number // len(self.clips) % len(RECIPES)])
            begun[self._begin_one(f"round-{self._round}-{number}", which)] = which
        assert len(begun) == count, "two requests with different keys gave one job"
        self.begun |= begun
        return begun

    def _begin_one(self, key: str, which: Which) -> str:
        media_id = self._client.upload(self.clips[which[0]], key)
        return self._client.begin(key, recipe=which[1], media_id=media_id)

    def wait_until(self, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + STUCK_SECONDS
        while not true():
            assert time.monotonic() < deadline, "it never came about\n" + self.cluster.last_words()
            time.sleep(0.1)

    def wait_until_running(self, jobs: Iterable[str], count: int = 1) -> None:
        """Return when so many of the jobs are under way (or were)."""
        among = ",".join(f"'{job_id}'" for job_id in jobs)
        begun = f"SELECT count(*) FROM jobs WHERE fence > 0 AND id IN ({among})"
        self.wait_until(lambda: int(self.cluster.sql(begun)) >= count)

    def wait_until_held_by(self, worker: Member) -> None:
        """Return when this worker has a job under way."""
        held = f"SELECT count(*) FROM jobs WHERE owner LIKE '{worker.name}#%'"
        self.wait_until(lambda: self.cluster.sql(held) != "0")

    def tally(self, jobs: dict[str, Which]) -> Tally:
        """What became of `jobs`; call it when nothing is broken any more."""
        tally = Tally()
        deadline = time.monotonic() + STUCK_SECONDS
        for job_id, which in jobs.items():
            job = self._ended(job_id, deadline)
            if job["state"] not in _ENDED:
                tally.stuck.append(f"{job_id}: {job['state']}, {job['progress']:.0%}")
            elif job["state"] != "succeeded":
                tally.lost.append(f"{job_id}: {job['state']}, {job['error']}")
            else:
                self._compare(job_id, which, tally)
        self._count_rows(tally)
        return tally

    def _ended(self, job_id: str, deadline: float) -> dict[str, object]:
        while (job := self._client.job(job_id))["state"] not in _ENDED and time.monotonic() < deadline:
            time.sleep(0.2)
        return job

    def _compare(self, job_id: str, which: Which, tally: Tally) -> None:
        artifacts = self._client.artifacts(job_id)
        if artifacts != self._expected[which]:
            tally.differ.append(f"{job_id}: {which} made {artifacts}")
        for name, sha256 in artifacts.items():
            answer = self._client.ask("GET", f"/api/jobs/{job_id}/artifacts/{name}", follow_redirects=True)
            if answer.status_code != httpx.codes.OK or hashlib.sha256(answer.content).hexdigest() != sha256:
                tally.differ.append(f"{job_id}: the store has another {name} ({answer.status_code})")
        text = self._client.get(f"/api/jobs/{job_id}/result?format=json")["text"]
        told, completed = self._client.told(job_id)
        if completed != 1:
            tally.doubled.append(f"{job_id}: told {completed} times that it is completed")
        if told != text:
            tally.doubled.append(f"{job_id}: told {len(told)} letters of {len(text)}")

    def _count_rows(self, tally: Tally) -> None:
        """The table holds the jobs that were begun and no others, and each was metered once."""
        rows = set(self.cluster.sql("SELECT id FROM jobs WHERE parent_id IS NULL").splitlines())
        tally.lost.extend(f"{job_id}: not in the table" for job_id in self.begun.keys() - rows)
        tally.doubled.extend(f"{job_id}: nobody began it" for job_id in rows - self.begun.keys())
        metered = self.cluster.sql(
            "SELECT job_id, count(*) FROM usage WHERE kind = 'jobs' AND state = 'settled' "
            "GROUP BY job_id HAVING count(*) > 1"
        )
        tally.doubled.extend(f"{row}: metered more than once" for row in metered.splitlines())


def _tone(path: Path, seconds: int) -> Path:
    ffmpeg("-f", "lavfi", "-i", f"sine=frequency=300:duration={seconds}", "-ar", "16000", str(path))
    return path
