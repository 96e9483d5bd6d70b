"""Clocks that jump by an hour: the database's, by which leases are counted, and a worker's."""

import time
from pathlib import Path

import pytest
from tests.faults.clocks import Clock
from tests.faults.cluster import LEASE_SECONDS, Cluster
from tests.faults.load import UNHARMED, Load

JOBS = 5
_SEEN_SECONDS = 1.5
"""Until all programs have looked at the new setting."""


@pytest.mark.parametrize("hours", [1, -1])
def test_jobs_outlive_a_jump_of_the_databases_clock(load: Load, cluster: Cluster, hours: int) -> None:
    jobs = load.begin(JOBS)
    load.wait_until_running(jobs, len(cluster.workers))
    # A lease that nobody holds any more, and jobs that wait, carry times of the old clock.
    cluster.workers[0].kill()
    before = _seen_by(cluster)
    cluster.backends.clock.jump(hours)
    try:
        load.wait_until(lambda: abs(_seen_by(cluster) - before - hours * 3600) < 60)
        assert load.tally(jobs) == UNHARMED
    finally:
        cluster.backends.clock.jump(0)
        time.sleep(_SEEN_SECONDS)


def _seen_by(cluster: Cluster) -> float:
    """The database's clock, in seconds since 1970."""
    return float(cluster.sql("SELECT extract(epoch from clock_timestamp())"))


@pytest.mark.parametrize("hours", [1, -1])
def test_jobs_outlive_a_jump_of_a_workers_clock(
    load: Load, cluster: Cluster, tmp_path: Path, hours: int
) -> None:
    clock = Clock.right(tmp_path)
    worker = cluster.add_worker(clock.variables)
    try:
        cluster.wait_until_up()
        jobs = load.begin(JOBS)
        load.wait_until_held_by(worker)
        clock.jump(hours)
        time.sleep(LEASE_SECONDS / 2)
        assert load.tally(jobs) == UNHARMED
    finally:
        cluster.retire(worker)
