"""Everything at once: faults of every kind in random order, while jobs come in and run.

`SURTITLE_TEST_FAULTS` sets how many (`make chaos`: 1,000), `SURTITLE_TEST_SEED` repeats a run. After each
round, when nothing is broken any more, all of its jobs must end well within 90 s.
"""

import os
import random
import threading
import time
from collections import Counter

import pytest
from tests.faults.cluster import LEASE_SECONDS, Cluster
from tests.faults.load import UNHARMED, Load, Which
from tests.faults.storm import FAULTS, Strike

ALL_FAULTS = int(os.environ.get("SURTITLE_TEST_FAULTS", "12"))
SEED = int(os.environ.get("SURTITLE_TEST_SEED", "7"))
FAULTS_A_ROUND = 6
JOBS_A_ROUND = 9


def drawn(chance: random.Random, count: int) -> list[str]:
    """Every kind in turn, in an order that the seed decides: a short run misses as few as it can."""
    order: list[str] = []
    while len(order) < count:
        order += chance.sample(sorted(FAULTS), len(FAULTS))
    return order[:count]


def strike_beside(strike: Strike, cluster: Cluster, chance: random.Random) -> threading.Thread:
    thread = threading.Thread(target=strike, args=(cluster, random.Random(chance.random())))
    thread.start()
    return thread


def begin_under_fire(
    load: Load, cluster: Cluster, chance: random.Random, faults: list[str]
) -> dict[str, Which]:
    """Jobs that are uploaded and started while one fault follows the other."""
    jobs: dict[str, Which] = {}
    for name in faults:
        under_way = strike_beside(FAULTS[name], cluster, chance)
        jobs |= load.begin(chance.randint(0, 2 * JOBS_A_ROUND // len(faults)))
        under_way.join()
        # Bursts and pauses: some runs die young, some come far enough to finish.
        time.sleep(chance.expovariate(4 / LEASE_SECONDS))
    return jobs


@pytest.mark.timeout(4 * 3600)
def test_nothing_is_lost_doubled_stuck_or_different_whatever_breaks(load: Load, cluster: Cluster) -> None:
    chance = random.Random(SEED)
    names = drawn(chance, ALL_FAULTS)
    done = 0
    began = time.monotonic()
    for start in range(0, ALL_FAULTS, FAULTS_A_ROUND):
        faults = names[start : start + FAULTS_A_ROUND]
        jobs = begin_under_fire(load, cluster, chance, faults)
        healed = time.monotonic()
        assert load.tally(jobs) == UNHARMED, f"seed {SEED}, round of {faults}\n{cluster.last_words()}"
        done += len(jobs)
        print(  # noqa: T201  the figures are what a long run is made for
            f"\n{start + len(faults)} faults, {done} jobs, {time.monotonic() - began:.0f} s; "
            f"all ended and looked at {time.monotonic() - healed:.0f} s after the last"
        )
    print(f"\n{dict(Counter(names))}")  # noqa: T201
